package io.engram.log.files;

import io.engram.log.files.WrittenFolder.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A folder of random logs, each commit with a few changes. Its last write is always a commit. */
final class RandomFolder {
    private final Random random;
    private final WrittenFolder written;
    private final List<Log> alive = new ArrayList<>();
    private int names;
    private long promised;

    private RandomFolder(Random random, WrittenFolder written) {
        this.random = random;
        this.written = written;
    }

    /**
     * @param deletes whether tails are truncated, logs dropped and entries cleaned away
     * @param reopen whether the folder is closed and opened in between, so that tables are written
     */
    static WrittenFolder write(Path folder, Random random, int commits, boolean deletes, boolean reopen)
            throws IOException {
        var written = new WrittenFolder(folder, 64 << 20);
        var writer = new RandomFolder(random, written);
        for (var i = 0; i < commits; i++) {
            if (reopen && random.nextInt(commits) < 2) {
                written.reopen();
            }
            writer.commit(deletes);
        }
        return written;
    }

    private void commit(boolean deletes) {
        var changes = 1 + random.nextInt(4);
        for (var i = 0; i < changes; i++) {
            if (alive.isEmpty() || random.nextInt(12) == 0) {
                alive.add(written.create("log " + ++names));
                appendSome(alive.getLast());
            } else {
                var log = alive.get(random.nextInt(alive.size()));
                switch (random.nextInt(deletes ? 16 : 12)) {
                    case 0 -> written.cell(log, "cell " + random.nextInt(3), bytes(8 + random.nextInt(300)));
                    case 1 -> written.meta(log, ++promised);
                    case 12 ->
                        written.truncateTail(
                                log, Math.max(log.base.index(), log.last().index() - random.nextInt(4)));
                    case 13 ->
                        written.truncatePrefix(
                                log,
                                log.base.index() + random.nextLong(log.last().index() - log.base.index() + 1));
                    case 14 -> {
                        if (random.nextInt(3) == 0) {
                            written.drop(log);
                            alive.remove(log);
                        }
                    }
                    default -> appendSome(log);
                }
            }
        }
        if (alive.isEmpty()) {
            alive.add(written.create("log " + ++names));
            appendSome(alive.getLast());
        }
        written.commit();
        if (deletes && random.nextInt(8) == 0) {
            var log = alive.get(random.nextInt(alive.size()));
            if (log.base.index() > 0) {
                written.clean(log, log.base.index());
                // The last write of all is a commit.
                appendSome(log);
                written.commit();
            }
        }
    }

    private void appendSome(Log log) {
        var count = 1 + random.nextInt(3);
        for (var i = 0; i < count; i++) {
            written.append(
                    log,
                    bytes(
                            switch (random.nextInt(40)) {
                                case 0 -> 30_000 + random.nextInt(60_000);
                                case 1, 2, 3 -> 1_000 + random.nextInt(8_000);
                                default -> random.nextInt(300);
                            }));
        }
    }

    private byte[] bytes(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
