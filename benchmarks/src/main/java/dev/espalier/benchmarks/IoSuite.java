package dev.espalier.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/** The rows of {@code io} and what each must reach. */
final class IoSuite {
    private static final String NETTY = "netty";
    private static final String JDK = "jdk";
    private static final List<String> HEAP = Forks.heap(256, 64);

    private final Forks forks;

    private IoSuite(Forks forks) {
        this.forks = forks;
    }

    static List<Row> rows(Forks forks) {
        IoSuite suite = new IoSuite(forks);
        Row many = suite.echo("echo-64", 64, EchoFork::serverMicrosPerRoundTrip);
        Row one = suite.echo("echo-1", 1, EchoFork::medianMicros);
        return List.of(
            many.atMost(Engine.CARRIER, NETTY, 1.1).atMost(Engine.HANDOFF_ONE, NETTY, 1.2)
                .atMost(Engine.HANDOFF, NETTY, 1.2),
            one.atMost(Engine.CARRIER, NETTY, 1.05),
            suite.fileRead().atLeast(Engine.CARRIER, JDK, 0.9).atLeast(Engine.HANDOFF, JDK, 0.9));
    }

    private Row fileRead() {
        String tree = forks.settings().output().resolve("file-tree").toString();
        List<String> heap = Forks.heap(512, 384);
        return new Row("file-read", "files/s")
            .ours(engine -> forks.program(FileReadProgram.class,
                Stream.of(heap, engine.jvmArguments()).flatMap(List::stream).toList(), "espalier", tree))
            .peer(JDK, forks.program(FileReadProgram.class, heap, JDK, tree));
    }

    /** What is taken from one run of server and load. */
    @FunctionalInterface
    private interface Reading {
        double of(EchoFork echo) throws Exception;
    }

    private Row echo(String name, int connections, Reading reading) {
        Row row = new Row(name, connections == 1 ? "us" : "us cpu").ours(engine -> {
            EchoFork echo = new EchoFork(forks, server(engine.jvmArguments(), "espalier"), connections);
            return () -> reading.of(echo);
        });
        for (String peer : List.of(NETTY, JDK)) {
            EchoFork echo = new EchoFork(forks, server(List.of(), peer), connections);
            row.peer(peer, () -> reading.of(echo));
        }
        if (Forks.hasPython()) {
            EchoFork echo = new EchoFork(forks, forks.script("asyncio_echo.py"), connections);
            row.peer("asyncio", () -> reading.of(echo));
        }
        return row;
    }

    private static List<String> server(List<String> engine, String name) {
        List<String> arguments = Stream.of(HEAP, EchoFork.realCores(), engine).flatMap(List::stream).toList();
        return Forks.java(EchoServerProgram.class, arguments, name);
    }
}
