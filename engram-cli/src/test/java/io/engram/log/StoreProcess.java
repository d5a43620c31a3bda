package io.engram.log;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The smallest node there is: a log store in a process of its own that keeps texts in logs and answers on its streams.
 * {@link StoreTarget} speaks to it.
 *
 * <pre>
 *   in   W number log token text     write a text      out  D number          on the disk
 *        W number log token          remove it              E number reason   not, or nobody knows
 *        L                           list                   T log token text  ... then .
 * </pre>
 *
 * <p>The fields are separated by tabs. The faults that can be planted in it are there to see that they are caught.
 */
final class StoreProcess {
    /** The exit code when the store can no longer write. */
    static final int WRITER_FAILED = 70;

    private final LogStore store;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final Map<String, Long> last = new HashMap<>();

    private StoreProcess(LogStore store) {
        this.store = store;
    }

    /**
     * @param arguments folder, name of the planted fault or NONE, whether writes are forced, write buffer and the
     *     room that is kept free in bytes
     */
    public static void main(String[] arguments) throws IOException {
        var settings = LogStoreSettings.of(Path.of(arguments[0]))
                .withMinFreeBytes(Long.parseLong(arguments[4]))
                .withSync(Boolean.parseBoolean(arguments[2]))
                .withWriteBufferBytes(Integer.parseInt(arguments[3]));
        UnaryOperator<OrderedStore> between = switch (PlantedFault.valueOf(arguments[1])) {
            case NONE -> UnaryOperator.identity();
            case ACKNOWLEDGES_BEFORE_THE_FORCE -> LateStore::new;
            case DROPS_THE_LAST_RECORD_ON_RECOVERY -> LateStore::withoutLastRecord;
        };
        var process = new StoreProcess(LevelLogStore.open(settings, new SimpleMeterRegistry(), between));
        // What a failed write means for a node: it ends.
        process.store.failed().thenAccept(reason -> Runtime.getRuntime().halt(WRITER_FAILED));
        process.out.println("ready");
        process.serve();
        process.store.close();
    }

    private void serve() throws IOException {
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var fields = line.split("\t", -1);
                if (fields[0].equals("L")) {
                    list();
                } else {
                    var log = fields[2];
                    append(fields[1], log, line.substring(line.indexOf(log) + log.length() + 1));
                }
            }
        }
    }

    private void append(String number, String log, String record) {
        var sequence = last.computeIfAbsent(
                        log, name -> TestStages.await(store.last(name)).index())
                + 1;
        last.put(log, sequence);
        store.append(log, sequence, List.of(record.getBytes(StandardCharsets.UTF_8)))
                .whenComplete((done, failure) ->
                        out.println(failure == null ? "D\t" + number : "E\t" + number + "\t" + failure));
    }

    /** From the disk, not from memory. */
    private void list() {
        for (var log : store.logs("", "", Integer.MAX_VALUE)) {
            texts(log).forEach((token, text) -> out.println("T\t" + log + "\t" + token + "\t" + text));
        }
        out.println(".");
    }

    /** What a log holds; nothing if the store itself says that something is missing from it. */
    private Map<String, String> texts(String log) {
        Map<String, String> texts = new HashMap<>();
        try {
            store.read(log, 1, Long.MAX_VALUE - 1, Long.MAX_VALUE, entry -> {
                var text = new String(entry.content(), StandardCharsets.UTF_8);
                var tab = text.indexOf('\t');
                if (tab < 0) {
                    texts.remove(text);
                } else {
                    texts.put(text.substring(0, tab), text.substring(tab + 1));
                }
                return true;
            });
        } catch (LogDamagedException | LogQuarantinedException e) {
            System.err.println(e.getMessage());
            return Map.of();
        }
        return texts;
    }
}
