package dev.espalier.checks;

import dev.espalier.core.Awaits;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The public API as text: one line for each type and, below it, one for each member that users can name. */
final class ApiListing {
    private static final Set<String> IN_EVERY_RECORD = Set.of("equals", "hashCode");
    private static final Set<String> IN_EVERY_ENUM = Set.of("values", "valueOf");

    private ApiListing() {}

    static List<String> of(List<Class<?>> types) {
        List<String> lines = new ArrayList<>();
        for (Class<?> type : types) {
            lines.add(typeLine(type));
            members(type).map(line -> "    " + line).forEach(lines::add);
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
        return type.getPackageName() + ": " + withoutPackages(line.toString());
    }

    private static String names(Type[] types) {
        return String.join(", ", Arrays.stream(types).map(Type::getTypeName).sorted().toList());
    }

    /** What a record or an enum has by being one is left out. */
    private static Stream<String> members(Class<?> type) {
        Stream<Member> declared = Stream.of(type.getDeclaredFields(), type.getDeclaredConstructors(),
                type.getDeclaredMethods()).flatMap(Arrays::stream);
        return declared.filter(ApiListing::isVisible)
                .filter(member -> !(type.isRecord() && IN_EVERY_RECORD.contains(member.getName())))
                .filter(member -> !(type.isEnum() && IN_EVERY_ENUM.contains(member.getName())))
                .sorted(Comparator.comparing(Member::getName).thenComparing(Object::toString))
                .map(ApiListing::line);
    }

    private static String line(Member member) {
        String text = switch (member) {
            case Field field -> field.toGenericString();
            case Executable executable -> (awaits(executable) ? "@Awaits " : "") + executable.toGenericString();
            default -> throw new IllegalArgumentException(member.toString());
        };
        String qualifier = member.getDeclaringClass().getTypeName() + ".";
        return withoutPackages(text.replace(" " + qualifier + member.getName(), " " + member.getName()));
    }

    private static boolean awaits(Executable executable) {
        return executable.isAnnotationPresent(Awaits.class);
    }

    private static String withoutPackages(String text) {
        return text.replaceAll("\\b(?:[a-z]\\w*\\.)+(?=[A-Z])", "").replace('$', '.').replaceAll(",(?! )", ", ");
    }

    static boolean isVisible(Member member) {
        int modifiers = member.getModifiers();
        return (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)) && !member.isSynthetic();
    }
}
