package io.engram.log;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds a folder for one user, and tells the next one who that is. The system drops the lock when the process ends,
 * however it ends.
 */
public final class FolderLock implements AutoCloseable {
    /** The file that is locked; its text names the holder. */
    public static final String FILE = "engram.lock";

    /**
     * The folders that this process holds. Closing any file handle of a locked file drops the process's lock on it, so a
     * second user in the same process must be refused before it opens the file.
     */
    private static final Map<Path, String> HELD_HERE = new ConcurrentHashMap<>();

    private final Path folder;
    private final FileChannel channel;
    private final FileLock lock;

    private FolderLock(Path folder, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes a folder that is there.
     *
     * @throws LogInUseException if somebody holds it; the text names the holder
     */
    public static FolderLock take(Path anyFolder) throws IOException {
        var folder = anyFolder.toRealPath();
        var me = "process %d on host %s since %s"
                .formatted(
                        ProcessHandle.current().pid(), hostName(), Instant.now().toString());
        var holder = HELD_HERE.putIfAbsent(folder, me);
        if (holder != null) {
            throw new LogInUseException("%s is already open in this process (%s)".formatted(folder, holder));
        }
        FileChannel channel = null;
        var taken = false;
        try {
            channel = FileChannel.open(
                    folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            var lock = tryLock(channel);
            if (lock == null) {
                throw new LogInUseException(
                        "%s is held by %s; stop it first, or use another folder".formatted(folder, holderOf(channel)));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(me.getBytes(StandardCharsets.UTF_8)), 0);
            taken = true;
            return new FolderLock(folder, channel, lock);
        } finally {
            if (!taken) {
                HELD_HERE.remove(folder);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    /**
     * Keeps others from taking a folder while it is read, without writing anything into it. Any number of processes may
     * do so, each once; a folder that was never taken needs no keeping.
     *
     * @return what lets go of it again
     * @throws LogInUseException if somebody holds it; the text names the holder
     */
    public static AutoCloseable hold(Path anyFolder) throws IOException {
        var folder = anyFolder.toRealPath();
        var holder = HELD_HERE.get(folder);
        if (holder != null) {
            throw new LogInUseException("%s is open in this process (%s)".formatted(folder, holder));
        }
        if (!Files.exists(folder.resolve(FILE))) {
            return () -> {};
        }
        var channel = FileChannel.open(folder.resolve(FILE), StandardOpenOption.READ);
        var held = false;
        try {
            if (channel.tryLock(0, Long.MAX_VALUE, true) == null) {
                throw new LogInUseException("%s is held by %s".formatted(folder, holderOf(channel)));
            }
            held = true;
            return channel;
        } finally {
            if (!held) {
                channel.close();
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.truncate(0);
            lock.release();
            channel.close();
        } finally {
            HELD_HERE.remove(folder);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String holderOf(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(512);
        channel.read(buffer, 0);
        var text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8).strip();
        return text.isEmpty() ? "another process" : text;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
