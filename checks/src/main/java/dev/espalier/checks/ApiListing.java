package dev.espalier.checks;

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The public API as text: one line for each type and, below it, one for each member that users can name. */
final class ApiListing {
    private ApiListing() {}

    static List<String> of(List<Class<?>> types) {
        List<String> lines = new ArrayList<>();
        for (Class<?> type : types) {
            lines.add(typeLine(type));
            members(type).sorted().map(line -> "    " + line).forEach(lines::add);
        }
        return lines;
    }

    private static String typeLine(Class<?> type) {
        StringBuilder line = new StringBuilder(type.toGenericString());
        if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class) {
            line.append(" extends ").append(type.getGenericSuperclass().getTypeName());
        }
        if (type.getInterfaces().length > 0) {
            line.append(" implements ").append(names(type.getGenericInterfaces()));
        }
        if (type.isSealed()) {
            line.append(" permits ").append(names(type.getPermittedSubclasses()));
        }
        return line.toString();
    }

    private static String names(Type[] types) {
        return String.join(", ", Arrays.stream(types).map(Type::getTypeName).sorted().toList());
    }

    private static Stream<String> members(Class<?> type) {
        Stream<String> fields = Arrays.stream(type.getDeclaredFields()).filter(ApiListing::isVisible)
                .map(Field::toGenericString);
        Stream<Executable> executables =
                Stream.concat(Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()));
        return Stream.concat(fields, executables.filter(ApiListing::isVisible).map(ApiListing::executableLine));
    }

    private static String executableLine(Executable executable) {
        boolean awaits = Arrays.stream(executable.getAnnotations())
                .anyMatch(annotation -> annotation.annotationType().getSimpleName().equals("Awaits"));
        return (awaits ? "@Awaits " : "") + executable.toGenericString();
    }

    static boolean isVisible(Member member) {
        int modifiers = member.getModifiers();
        return (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)) && !member.isSynthetic();
    }
}
