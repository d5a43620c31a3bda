package io.engram.log;

import io.engram.proof.Preload;
import io.engram.proof.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A {@link StoreProcess} and the way to speak to it. */
final class StoreTarget implements Target, AutoCloseable {
    private static final Reply GONE = new Reply(Answer.GONE, Optional.empty(), "the process is gone");

    private final Process process;
    private final Writer in;
    private final Thread reader;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<String, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private volatile CompletableFuture<Map<String, List<Found>>> listing = new CompletableFuture<>();
    private volatile boolean gone;

    /** How the process keeps its log. */
    record Options(PlantedFault fault, boolean sync, int writeBufferBytes, long minFreeBytes) {}

    StoreTarget(Path folder, Path errors, Options options, Map<String, String> environment) throws IOException {
        var builder = new ProcessBuilder(Preload.java(
                        StoreProcess.class.getName(),
                        folder.toString(),
                        options.fault().name(),
                        Boolean.toString(options.sync()),
                        Integer.toString(options.writeBufferBytes()),
                        Long.toString(options.minFreeBytes())))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
        in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        reader = Thread.ofPlatform().daemon().start(this::read);
    }

    private void read() {
        var found = new HashMap<String, List<Found>>();
        try (var lines = new BufferedReader(process.inputReader(StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                var fields = line.split("\t", -1);
                switch (fields[0]) {
                    case "ready" -> ready.complete(true);
                    case "D", "E" -> answer(fields);
                    case "T" ->
                        found.computeIfAbsent(fields[1], space -> new ArrayList<>())
                                .add(new Found(fields[2], fields[3]));
                    case "." -> {
                        listing.complete(Map.copyOf(found));
                        found.clear();
                    }
                    // The library prints where it unpacked itself, and a kill cuts a line short.
                    default -> {}
                }
            }
        } catch (IOException e) {
            // The same as its end.
        }
        gone = true;
        ready.complete(false);
        listing.completeExceptionally(new IOException("the process is gone"));
        waiting.values().forEach(each -> each.complete(GONE));
    }

    private void answer(String[] fields) {
        // A number that is cut short belongs to nobody, or to somebody whose write was not answered.
        if (fields.length < 2 || !fields[1].startsWith("#") || !fields[1].endsWith("#")) {
            return;
        }
        var waits = waiting.remove(fields[1]);
        if (waits != null) {
            waits.complete(
                    fields[0].equals("D")
                            ? new Reply(Answer.DONE, Optional.empty(), "done")
                            : new Reply(Answer.OPEN, Optional.empty(), fields[fields.length - 1]));
        }
    }

    /** Whether the process got so far that it can be asked; not if it ended before. */
    boolean awaitReady() {
        return ready.orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Whether it got so far, or ended before. */
    boolean isReadyOrGone() {
        return ready.isDone();
    }

    @Override
    public Reply write(Change change) {
        var number = "#" + numbers.incrementAndGet() + "#";
        var result = new CompletableFuture<Reply>();
        waiting.put(number, result);
        var line = "W\t" + number + "\t" + change.space() + "\t" + change.token()
                + change.text().map(text -> "\t" + text).orElse("");
        try {
            synchronized (in) {
                in.write(line + "\n");
                in.flush();
            }
        } catch (IOException e) {
            return GONE;
        }
        if (gone) {
            return GONE;
        }
        return result.orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Override
    public Map<String, List<Found>> everything() throws IOException {
        listing = new CompletableFuture<>();
        synchronized (in) {
            in.write("L\n");
            in.flush();
        }
        return listing.orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** What {@code kill -9} does; its last answers are read to the end. */
    void kill() throws InterruptedException {
        // The process's own method would also close the stream that is still to be read.
        process.toHandle().destroyForcibly();
        process.waitFor();
        reader.join(10_000);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("still running");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
