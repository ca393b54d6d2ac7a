package dev.espalier.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the class files of some code, and finds the calls that escape. Used once, by one thread. */
final class EscapeScan {
    private final List<String> packages; // those of the given classes, with a slash at the end; what lies there is followed
    private final @Nullable ClassLoader loader; // null: the one of the JDK
    private final Deque<String> todo = new ArrayDeque<>(); // names of classes, with slashes
    private final Set<String> seen = new HashSet<>();
    private final List<Escapes.Call> calls = new ArrayList<>();

    EscapeScan(List<Class<?>> code) {
        packages = code.stream().map(type -> type.getPackageName().replace('.', '/') + "/").distinct().toList();
        loader = code.get(0).getClassLoader();
        for (Class<?> type : code) {
            String name = type.getName().replace('.', '/');
            if (type.isHidden() || type.isArray() || type.isPrimitive() || open(name, type.getClassLoader()) == null) {
                throw new IllegalArgumentException(type + " has no class file that could be read");
            }
            follow(name);
        }
    }

    List<Escapes.Call> calls() {
        while (!todo.isEmpty()) {
            String name = todo.remove();
            URL file = open(name, loader);
            if (file != null && !isOfTheKit(name, file)) {
                read(file);
            }
        }
        return List.copyOf(calls);
    }

    private static @Nullable URL open(String name, @Nullable ClassLoader loader) {
        String file = name + ".class";
        return loader == null ? ClassLoader.getSystemResource(file) : loader.getResource(file);
    }

    /** Tests in the package of the kit itself mention it; what it does with real time is its own affair. */
    private static boolean isOfTheKit(String name, URL file) {
        String here = String.valueOf(open(EscapeScan.class.getName().replace('.', '/'), EscapeScan.class.getClassLoader()));
        String home = here.substring(0, here.length() - (EscapeScan.class.getName() + ".class").length());
        return file.toString().equals(home + name + ".class");
    }

    private void follow(String name) {
        if (packages.stream().anyMatch(name::startsWith) && seen.add(name)) {
            todo.add(name);
        }
    }

    private void read(URL file) {
        try (InputStream bytes = file.openStream()) {
            ClassModel model = ClassFile.of().parse(bytes.readAllBytes());
            for (MethodModel method : model.methods()) {
                method.code().ifPresent(code -> read(model, method, code));
            }
            for (PoolEntry entry : model.constantPool()) {
                if (entry instanceof ClassEntry mentioned) {
                    follow(mentioned.asInternalName());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the class file " + file + " could not be read", e);
        }
    }

    private void read(ClassModel type, MethodModel method, CodeModel code) {
        int line = -1;
        for (CodeElement element : code) {
            switch (element) {
                case LineNumber number -> line = number.line();
                case InvokeInstruction call ->
                    add(type, method, line, call.owner().asInternalName(), call.name().stringValue(), call.typeSymbol());
                case InvokeDynamicInstruction made -> {
                    for (ConstantDesc argument : made.bootstrapArgs()) {
                        if (argument instanceof DirectMethodHandleDesc handle) {
                            add(type, method, line, internal(handle), handle.methodName(), typeOf(handle));
                        }
                    }
                }
                default -> {}
            }
        }
    }

    private static String internal(DirectMethodHandleDesc handle) {
        String descriptor = handle.owner().descriptorString();
        return descriptor.startsWith("L") ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
    }

    /** As a call would have it: a handle takes its receiver, and gives its object, too. */
    private static MethodTypeDesc typeOf(DirectMethodHandleDesc handle) {
        return MethodTypeDesc.ofDescriptor(
                handle.lookupDescriptor().startsWith("(") ? handle.lookupDescriptor() : "()" + handle.lookupDescriptor());
    }

    private void add(ClassModel type, MethodModel method, int line, String owner, String name, MethodTypeDesc called) {
        String instead = EscapeRules.instead(owner, name, called);
        if (instead != null) {
            String parameters =
                    called.parameterList().stream().map(parameter -> parameter.displayName()).collect(Collectors.joining(", "));
            String what = name.equals("<init>") ? "new " + dotted(owner) : dotted(owner) + "." + name;
            String source = type.findAttribute(Attributes.sourceFile()).map(file -> file.sourceFile().stringValue()).orElse(null);
            var where = new StackTraceElement(
                    dotted(type.thisClass().asInternalName()), method.methodName().stringValue(), source, line);
            calls.add(new Escapes.Call(where, what + "(" + parameters + ")", instead));
        }
    }

    private static String dotted(String name) {
        return name.replace('/', '.');
    }
}
