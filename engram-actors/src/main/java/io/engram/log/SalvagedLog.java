package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Entry;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What can be read of one log, however damaged it is, all of it in memory.
 *
 * @param entries those that pass their own checks, in order; there may be holes between them
 * @param cells the values kept with the log that pass theirs, by name
 */
public record SalvagedLog(List<Entry> entries, Map<String, byte[]> cells) {
    private static final int WRITE_BUFFER_BYTES = 1024 * 1024;

    public SalvagedLog {
        entries = List.copyOf(entries);
        cells = Map.copyOf(cells);
    }

    /**
     * Reads a log; nothing of one that is not there, or of which the name is lost.
     *
     * @param folder a whole one, such as {@link LogRescue} makes; nobody may be using it
     */
    public static SalvagedLog read(Path folder, String name) throws IOException {
        try (var database = LevelDb.open(folder, WRITE_BUFFER_BYTES)) {
            var number = numberOf(database, name);
            if (number.isEmpty()) {
                return new SalvagedLog(List.of(), Map.of());
            }
            return new SalvagedLog(entries(database, number.getAsLong()), cells(database, number.getAsLong()));
        } catch (DatabaseException e) {
            throw new IOException("log '%s' cannot be read: %s".formatted(name, e.getMessage()), e);
        }
    }

    private static OptionalLong numberOf(OrderedStore database, String name) {
        var key = Keys.name(name);
        var value = database.get(key);
        try {
            return value.isPresent() ? OptionalLong.of(Values.numbers(key, value.get(), 1)[0]) : OptionalLong.empty();
        } catch (BadValueException e) {
            return OptionalLong.empty();
        }
    }

    private static List<Entry> entries(OrderedStore database, long number) {
        var entries = new ArrayList<Entry>();
        database.scan(Keys.entry(number, 0), Keys.entry(number + 1, 0), (key, value) -> {
            try {
                entries.add(EntryCodec.read(key, value));
            } catch (BadValueException e) {
                // It is one of those that cannot be read.
                return true;
            }
            return true;
        });
        return entries;
    }

    private static Map<String, byte[]> cells(OrderedStore database, long number) {
        var cells = new LinkedHashMap<String, byte[]>();
        database.scan(Keys.cell(number, new byte[0]), Keys.cell(number + 1, new byte[0]), (key, value) -> {
            try {
                var body = Values.unwrap(key, value);
                var bytes = new byte[body.remaining()];
                body.get(bytes);
                cells.put(new String(Keys.cellName(key), StandardCharsets.UTF_8), bytes);
            } catch (BadValueException e) {
                // It is one of those that cannot be read.
                return true;
            }
            return true;
        });
        return cells;
    }
}
