package dev.espalier.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/** Signals on their way to a task. */
final class SignalReceiver implements Receiver<String> {
    private final EventLoop loop;
    private final Channel<String> channel;

    // By the holder of the turn.
    private final List<SignalHook> hooks = new ArrayList<>();
    private final Set<String> pending = new LinkedHashSet<>(); // came, and were not received

    SignalReceiver(EventLoop loop, Channel<String> channel) {
        this.loop = loop;
        this.channel = channel;
    }

    void install(String name) {
        var self = new SignalHook[1];
        hooks.add(SignalHook.install(name, () -> {
            try {
                loop.send(() -> deliver(name));
            } catch (RejectedExecutionException e) {
                self[0].passOn(); // the loop was closed over this receiver: nobody here wants the signal
            }
        }));
        self[0] = hooks.getLast();
    }

    void deliver(String name) {
        if (!hooks.isEmpty() && pending.add(name)) {
            boolean sent = channel.sender().trySend(name);
            assert sent : "there is room for each name once";
        }
    }

    private String received(String name) {
        pending.remove(name);
        return name;
    }

    @Awaits
    @Override
    public String receive() {
        return received(channel.receiver().receive());
    }

    @Override
    public Optional<String> tryReceive() {
        return channel.receiver().tryReceive().map(this::received);
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        return channel.receiver().onReady(action);
    }

    @Override
    public void close() {
        loop.checkTurn(this);
        hooks.reversed().forEach(SignalHook::close);
        hooks.clear();
        channel.receiver().close();
        channel.sender().close();
    }

    @Override
    public String toString() {
        return "signals[" + hooks.size() + " received, pending " + pending + "]";
    }
}
