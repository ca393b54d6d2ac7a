package dev.espalier.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rows of {@code io} and what each must reach. */
final class IoSuite {
    private static final String ESPALIER = "espalier";
    private static final String NETTY = "netty";
    private static final String JDK = "jdk";
    private static final String C = "c";
    private static final List<String> HEAP = Forks.heap(256, 64);
    private static final int ROUND_TRIPS = 150_000;
    private static final int ROUND_TRIPS_OF_ONE = 20_000;
    private static final int TLS_ROUND_TRIPS = 60_000;
    private static final int CONNECTS = 20_000;
    private static final int IDLE = 10_000;
    private static final int LINE_ROUNDS = 8;
    private static final long STREAMED = 3L << 30;

    private final Forks forks;
    private final int times;

    private IoSuite(Forks forks) {
        this.forks = forks;
        this.times = forks.settings().isLong() ? 4 : 1;
    }

    static List<Row> rows(Forks forks) {
        IoSuite suite = new IoSuite(forks);
        return List.of(suite.echoOfMany(64), suite.echoOfMany(1000), suite.echoOfOne(), suite.stream("source"), suite.stream("sink"),
            suite.tls(), suite.lines(), suite.connections(), suite.accept(), suite.fileRead());
    }

    // ---- echo: the processor time of the server, and the wait of one client

    private Row echoOfMany(int connections) {
        return echo("echo-" + connections, "us cpu", ROUND_TRIPS, connections, ServedFork::serverMicrosPerOperation)
            .atMost(Engine.CARRIER, NETTY, 1.0).atMost(Engine.CARRIER, C, 1.25)
            .atMost(Engine.HANDOFF_ONE, NETTY, 1.1).atMost(Engine.HANDOFF_ONE, C, 1.4)
            .atMost(Engine.HANDOFF, NETTY, 1.1).atMost(Engine.HANDOFF, C, 1.4);
    }

    private Row echoOfOne() {
        return echo("echo-1", "us", ROUND_TRIPS_OF_ONE, 1, ServedFork::figure)
            .atMost(Engine.CARRIER, NETTY, 1.05).atMost(Engine.CARRIER, C, 1.15);
    }

    private Row echo(String name, String unit, int roundTrips, int connections, Reading reading) {
        int measured = roundTrips * times;
        Load load = new Load(EchoLoadProgram.class, connections, measured, measured);
        Row row = served(name, unit, "echo", load, reading, NETTY, JDK);
        CompiledC.program(forks.settings(), "echo_epoll")
            .ifPresent(server -> row.peer(C, fork(List.of(server.toString()), load, reading)));
        if (Forks.hasPython()) {
            row.peer("asyncio", fork(forks.script("asyncio_echo.py"), load, reading));
        }
        return row;
    }

    private Row tls() {
        String keys = KeyStores.in(forks.settings().output()).toString();
        int measured = TLS_ROUND_TRIPS * times;
        Load load = new Load(TlsLoadProgram.class, 64, measured, measured, keys);
        return served("tls-echo-64", "us cpu", "tls-echo " + keys, load, ServedFork::serverMicrosPerOperation, NETTY)
            .atMost(Engine.CARRIER, NETTY, 1.0);
    }

    // ---- what a load of its own tells

    /** The server is the source of blocks of 64 KiB, or their sink. */
    private Row stream(String service) {
        Load load = new Load(StreamLoadProgram.class, service, STREAMED, STREAMED * times);
        return served("stream-64k-" + service, "bytes/s", service, load, ServedFork::figure, NETTY, JDK)
            .atLeast(Engine.CARRIER, NETTY, 0.9);
    }

    private Row lines() {
        Load load = new Load(LinesLoadProgram.class, 2 * LINE_ROUNDS, LINE_ROUNDS * times);
        return served("lines", "lines/s", "lines", load, ServedFork::figure, JDK)
            .peer("strings", fork(server(List.of(), JDK, "strings"), load, ServedFork::figure))
            .atLeast(Engine.CARRIER, JDK, 3);
    }

    private Row connections() {
        Load load = new Load(IdleLoadProgram.class, IDLE);
        return served("connections", "bytes each", "idle", load, fork -> fork.serverHeap() / IDLE, NETTY, JDK)
            .atMost(Engine.CARRIER, "", 6 << 10).atMost(Engine.HANDOFF, "", 6 << 10);
    }

    private Row accept() {
        Load load = new Load(AcceptLoadProgram.class, CONNECTS, CONNECTS * times);
        return served("accept", "conn/s", "echo", load, ServedFork::figure, NETTY, JDK).atLeast(Engine.CARRIER, NETTY, 1.0);
    }

    // ---- files

    private Row fileRead() {
        String tree = forks.settings().output().resolve("file-tree").toString();
        List<String> heap = Forks.heap(512, 384);
        return new Row("file-read", "files/s")
            .ours(engine -> forks.program(FileReadProgram.class,
                Stream.of(heap, engine.jvmArguments()).flatMap(List::stream).toList(), ESPALIER, tree))
            .peer(JDK, forks.program(FileReadProgram.class, heap, JDK, tree))
            .atLeast(Engine.CARRIER, JDK, 0.9).atLeast(Engine.HANDOFF, JDK, 0.9);
    }

    // ---- what they share

    /** The other process: its main class, and what follows the port. */
    private record Load(Class<?> main, Object... arguments) {
    }

    /** What is taken from one run of server and load. */
    @FunctionalInterface
    private interface Reading {
        double of(ServedFork fork) throws Exception;
    }

    private Row served(String name, String unit, String service, Load load, Reading reading, String... peers) {
        Row row = new Row(name, unit).ours(engine -> fork(server(engine.jvmArguments(), ESPALIER, service), load, reading));
        for (String peer : peers) {
            row.peer(peer, fork(server(List.of(), peer, service), load, reading));
        }
        return row;
    }

    private Row.Fork fork(List<String> server, Load load, Reading reading) {
        ServedFork fork = new ServedFork(forks, server, load.main(), load.arguments());
        return () -> reading.of(fork);
    }

    private static List<String> server(List<String> engine, String name, String service) {
        List<String> arguments = new ArrayList<>(List.of(name));
        arguments.addAll(List.of(service.split(" ", 2)));
        return Forks.java(ServerProgram.class, Stream.of(HEAP, ServedFork.realCores(), engine).flatMap(List::stream).toList(),
            arguments.toArray(String[]::new));
    }
}
