package io.engram.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Every kind of damage that is done to a data folder, each at a seeded place. */
public enum Damage {
    /** The newest write-ahead log ends in a half-written record, with zeros behind, as a killed process leaves it. */
    TORN_TAIL {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(newest(data.resolve("log"), ".log"), (bytes, file) -> {
                var used = used(bytes);
                var torn = 1 + random.nextInt(300);
                Arrays.fill(bytes, used - torn, bytes.length, (byte) 0);
                return torn + " bytes zeroed at the end of " + file;
            });
        }
    },
    /** Cut off: more than a note that something older may go, which can be the last thing in it. */
    CUT_TAIL {
        @Override
        String hurt(Path data, Random random) throws IOException {
            var file = newest(data.resolve("log"), ".log");
            var bytes = Files.readAllBytes(file);
            var left = used(bytes) - 600 - random.nextInt(600);
            Files.write(file, Arrays.copyOf(bytes, left));
            return file.getFileName() + " cut to " + left + " bytes";
        }
    },
    WAL_FLIPPED_BIT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(newest(data.resolve("log"), ".log"), (bytes, file) -> flip(bytes, 0, 0.85, file, random));
        }
    },
    WAL_ZEROED_SECTOR {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(newest(data.resolve("log"), ".log"), (bytes, file) -> zero(bytes, 0.85, file, random));
        }
    },
    WAL_MISSING {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return remove(newest(data.resolve("log"), ".log"));
        }
    },
    /** Where the names and beginnings of logs are. */
    FIRST_BLOCK_FLIPPED_BIT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(oldestOfManyBlocks(data.resolve("log"), ".sst"), (bytes, file) -> {
                var position = random.nextInt(FIRST_BLOCK_BYTES);
                bytes[position] ^= (byte) (1 << random.nextInt(8));
                return file + " bit in byte " + position + " of " + bytes.length;
            });
        }
    },
    TABLE_FLIPPED_BIT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(largest(data.resolve("log"), ".sst"), (bytes, file) -> flip(bytes, 0, 0.9, file, random));
        }
    },
    /** In the last bytes: index, handles, footer. */
    TABLE_INDEX_FLIPPED_BIT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(largest(data.resolve("log"), ".sst"), (bytes, file) -> {
                var position = bytes.length - 1 - random.nextInt(200);
                bytes[position] ^= (byte) (1 << random.nextInt(8));
                return file + " bit in byte " + position + " of " + bytes.length;
            });
        }
    },
    TABLE_ZEROED_SECTOR {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(largest(data.resolve("log"), ".sst"), (bytes, file) -> zero(bytes, 0.9, file, random));
        }
    },
    TABLE_MISSING {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return remove(largest(data.resolve("log"), ".sst"));
        }
    },
    TABLE_CUT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            var file = largest(data.resolve("log"), ".sst");
            var bytes = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
            return file.getFileName() + " cut to a half";
        }
    },
    MANIFEST_FLIPPED_BIT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(newest(data.resolve("log"), "MANIFEST"), (bytes, file) -> flip(bytes, 0, 0.6, file, random));
        }
    },
    /** In the last record, which looks like a torn tail and is none: it names tables whose log is gone. */
    MANIFEST_LAST_RECORD {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(newest(data.resolve("log"), "MANIFEST"), (bytes, file) -> {
                var position = used(bytes) - 1 - random.nextInt(8);
                bytes[position] ^= (byte) (1 << random.nextInt(8));
                return file + " bit in byte " + position + " of " + used(bytes);
            });
        }
    },
    MANIFEST_MISSING {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return remove(newest(data.resolve("log"), "MANIFEST"));
        }
    },
    CURRENT_GARBAGE {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(data.resolve("log/CURRENT"), (bytes, file) -> {
                random.nextBytes(bytes);
                return file + " is garbage";
            });
        }
    },
    CURRENT_MISSING {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return remove(data.resolve("log/CURRENT"));
        }
    },
    SNAPSHOT_FLIPPED_BIT {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return change(newest(data.resolve("snapshots"), ""), (bytes, file) -> flip(bytes, 0, 1, file, random));
        }
    },
    SNAPSHOT_EMPTY {
        @Override
        String hurt(Path data, Random random) throws IOException {
            var file = newest(data.resolve("snapshots"), "");
            Files.write(file, new byte[0]);
            return file.getFileName() + " is empty";
        }
    },
    SNAPSHOT_MISSING {
        @Override
        String hurt(Path data, Random random) throws IOException {
            return remove(newest(data.resolve("snapshots"), ""));
        }
    },
    ALL_SNAPSHOTS_MISSING {
        @Override
        String hurt(Path data, Random random) throws IOException {
            var all = files(data.resolve("snapshots"), "");
            for (var file : all) {
                Files.delete(file);
            }
            return all.size() + " snapshots removed";
        }
    };

    private static final int SECTOR_BYTES = 512;
    /** A block ends with the first change that goes beyond this. */
    private static final int FIRST_BLOCK_BYTES = 4096;

    abstract String hurt(Path data, Random random) throws IOException;

    /** Does it; returns what was done, in words. */
    public String doTo(Path data, long seed) throws IOException {
        // Seeds close to each other begin with numbers close to each other.
        return hurt(data, new Random((seed * values().length + ordinal()) * 0x9E3779B97F4A7C15L));
    }

    private interface Change {
        String to(byte[] bytes, String file);
    }

    private static String change(Path file, Change change) throws IOException {
        var bytes = Files.readAllBytes(file);
        var words = change.to(bytes, file.getFileName().toString());
        Files.write(file, bytes);
        return words;
    }

    private static String remove(Path file) throws IOException {
        Files.delete(file);
        return file.getFileName() + " removed";
    }

    private static String flip(byte[] bytes, double from, double to, String file, Random random) {
        var used = used(bytes);
        var first = (int) (used * from);
        var position = first + random.nextInt(Math.max(1, (int) (used * to) - first));
        bytes[position] ^= (byte) (1 << random.nextInt(8));
        return "%s bit in byte %d of %d".formatted(file, position, used);
    }

    private static String zero(byte[] bytes, double to, String file, Random random) {
        var sector = random.nextInt(Math.max(1, (int) (used(bytes) * to) / SECTOR_BYTES));
        Arrays.fill(bytes, sector * SECTOR_BYTES, Math.min(bytes.length, (sector + 1) * SECTOR_BYTES), (byte) 0);
        return "%s sector %d zeroed".formatted(file, sector);
    }

    private static int used(byte[] bytes) {
        var end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    /** By name, the oldest first; the numbers in the names have leading zeros. */
    private static List<Path> files(Path folder, String part) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().contains(part))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
        }
    }

    private static Path newest(Path folder, String part) throws IOException {
        return files(folder, part).getLast();
    }

    /** The very first file holds nothing but what every database begins with. */
    private static Path oldestOfManyBlocks(Path folder, String part) throws IOException {
        for (var file : files(folder, part)) {
            if (Files.size(file) > 2 * FIRST_BLOCK_BYTES) {
                return file;
            }
        }
        throw new IOException("no file of more than a block in " + folder);
    }

    private static Path largest(Path folder, String part) throws IOException {
        return files(folder, part).stream()
                .max(Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow();
    }
}
