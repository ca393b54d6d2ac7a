package dev.espalier.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.AccessFlag;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who calls whom, read from class files, backwards from the one place where a task parks.
 *
 * <p>A method awaits when it parks a task, carries {@code @Awaits}, or calls a method that awaits. A lambda counts as a method of its
 * own and not as part of the method that makes it: most lambdas run later, in a task of their own.
 */
final class AwaitGraph {
    private static final String AWAITS = "Ldev/espalier/core/Awaits;";

    private final Map<String, ClassModel> classes = new HashMap<>();
    private final Map<String, Set<String>> callers = new HashMap<>();
    private final Set<String> says = new HashSet<>();
    private final Map<String, MethodModel> methods = new HashMap<>();

    AwaitGraph(Collection<Path> classFiles) {
        for (Path file : classFiles) {
            ClassModel model = parse(file);
            classes.put(model.thisClass().asInternalName(), model);
        }
        classes.values().forEach(this::addMethods);
    }

    /** The public methods of these types that reach the parking method without saying so. */
    List<String> silent(Collection<Class<?>> types, Class<?> parkingType, String parkingMethod) {
        Set<String> parking = methodsNamed(internalName(parkingType), parkingMethod);
        if (parking.isEmpty()) {
            throw new IllegalArgumentException(parkingType + " has no method '" + parkingMethod + "' to start from");
        }
        Set<String> open = types.stream().map(AwaitGraph::internalName).collect(Collectors.toSet());
        return awaiting(parking).stream()
                .filter(id -> methods.containsKey(id) && !says.contains(id))
                .filter(id -> open.contains(owner(id)) && isPublic(methods.get(id)) && !iterates(owner(id)))
                .map(id -> id.replace('/', '.'))
                .sorted()
                .toList();
    }

    private Set<String> methodsNamed(String owner, String name) {
        return methods.keySet().stream().filter(id -> id.startsWith(owner + "." + name + "(")).collect(Collectors.toSet());
    }

    private Set<String> awaiting(Set<String> parking) {
        Set<String> found = new HashSet<>(says);
        found.addAll(parking);
        Deque<String> toVisit = new ArrayDeque<>(found);
        while (!toVisit.isEmpty()) {
            for (String caller : callers.getOrDefault(toVisit.pop(), Set.of())) {
                if (found.add(caller)) {
                    toVisit.push(caller);
                }
            }
        }
        return found;
    }

    private void addMethods(ClassModel model) {
        for (MethodModel method : model.methods()) {
            String caller = id(model.thisClass().asInternalName(), method.methodName().stringValue(),
                    method.methodType().stringValue());
            methods.put(caller, method);
            if (saysSo(method)) {
                says.add(caller);
            }
            method.code().ifPresent(code -> code.forEach(element -> {
                if (element instanceof InvokeInstruction call) {
                    callers.computeIfAbsent(target(call), _ -> new HashSet<>()).add(caller);
                }
            }));
        }
    }

    /** The method that a call names, found where it is declared: a call may name it by a subtype. */
    private String target(InvokeInstruction call) {
        String name = call.name().stringValue();
        String type = call.type().stringValue();
        return lineage(call.owner().asInternalName())
                .filter(owner -> classes.get(owner).methods().stream().anyMatch(method ->
                        method.methodName().equalsString(name) && method.methodType().equalsString(type)))
                .map(owner -> id(owner, name, type))
                .findFirst()
                .orElse(id(call.owner().asInternalName(), name, type));
    }

    /** The type and all its supertypes among the published ones. */
    private Stream<String> lineage(String type) {
        ClassModel model = classes.get(type);
        if (model == null) {
            return Stream.empty();
        }
        Stream<String> parents = Stream.concat(model.superclass().stream(), model.interfaces().stream())
                .flatMap(parent -> lineage(parent.asInternalName()));
        return Stream.concat(Stream.of(type), parents);
    }

    /** An {@code Iterable} or {@code Iterator} of ours may await in methods whose signature the JDK owns; its documentation says so. */
    private boolean iterates(String type) {
        return lineage(type).flatMap(owner -> classes.get(owner).interfaces().stream())
                .anyMatch(parent -> parent.asInternalName().matches("java/(lang/Iterable|util/Iterator)"));
    }

    private static boolean saysSo(MethodModel method) {
        return method.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(attribute -> attribute.annotations().stream())
                .anyMatch(annotation -> annotation.className().equalsString(AWAITS));
    }

    private static boolean isPublic(MethodModel method) {
        return method.flags().has(AccessFlag.PUBLIC) || method.flags().has(AccessFlag.PROTECTED);
    }

    private static String internalName(Class<?> type) {
        return type.getName().replace('.', '/');
    }

    private static String id(String owner, String name, String type) {
        return owner + "." + name + type;
    }

    private static String owner(String id) {
        return id.substring(0, id.indexOf('.'));
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
