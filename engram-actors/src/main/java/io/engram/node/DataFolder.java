package io.engram.node;

import io.engram.log.FolderLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's data folder, held as a whole for as long as the node runs. */
final class DataFolder implements AutoCloseable {
    /** Stands in a copy that is being made, and stays there if that is cut off. */
    static final String UNFINISHED = "unfinished-copy";

    private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);

    private final FolderLock lock;
    private final Path folder;
    private final boolean isNameGuessed;
    private NodeIdentity identity;

    private DataFolder(FolderLock lock, Path folder, boolean isNameGuessed, NodeIdentity identity) {
        this.lock = lock;
        this.folder = folder;
        this.isNameGuessed = isNameGuessed;
        this.identity = identity;
    }

    /**
     * Takes the folder, which is made if it is missing, and sees whose it is. A folder without an identity gets one.
     *
     * @param nodeId the name that this node must have, if one is configured
     * @throws io.engram.log.LogInUseException if another process holds it; the text names it
     * @throws DataFolderException if it belongs to another node, or its identity is damaged
     */
    static DataFolder open(Path folder, Optional<String> nodeId, Instant now) {
        try {
            Files.createDirectories(folder);
            var lock = FolderLock.take(folder);
            var taken = false;
            try {
                var isNameGuessed = nodeId.isEmpty() && !NodeIdentity.isIn(folder);
                var identity = identify(folder, nodeId, now);
                taken = true;
                return new DataFolder(lock, folder, isNameGuessed, identity);
            } finally {
                if (!taken) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw new DataFolderException("the file system refuses it: " + e.getMessage());
        }
    }

    private static NodeIdentity identify(Path folder, Optional<String> nodeId, Instant now) throws IOException {
        if (Files.exists(folder.resolve(UNFINISHED))) {
            throw new DataFolderException(
                    "%s is a copy that was not finished; empty it and make the copy again".formatted(folder));
        }
        var known = NodeIdentity.read(folder);
        if (known.isPresent()) {
            var owner = known.get().nodeId();
            if (!nodeId.orElse(owner).equals(owner)) {
                throw new DataFolderException(("%s belongs to node '%s', and this node is '%s' (cluster.node_id or"
                    + " ENGRAM_NODE_ID): give each node a data folder of its own, or start this one as '%s'")
                        .formatted(folder, owner, nodeId.orElse(""), owner));
            }
            return known.get();
        }
        var drawn = NodeIdentity.draw(nodeId, now);
        if (Files.isDirectory(folder.resolve("log"))) {
            LOG.warn(
                    "{} holds data and no {}: an earlier version made it, or the file was lost. From now on it is node"
                            + " {}, incarnation {}",
                    folder,
                    NodeIdentity.FILE,
                    drawn.nodeId(),
                    drawn.incarnation());
        }
        drawn.write(folder);
        return drawn;
    }

    NodeIdentity identity() {
        return identity;
    }

    /** The log says whose it is: a name that was drawn only because the folder and the settings say none gives way to it. */
    void named(String owner) {
        if (isNameGuessed && !owner.equals(identity.nodeId())) {
            var named = identity.withNodeId(owner);
            try {
                named.write(folder);
            } catch (IOException e) {
                throw new DataFolderException("the file system refuses it: " + e.getMessage());
            }
            LOG.warn("{} is node {} after all: its log says so", folder, owner);
            identity = named;
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("letting go of the data folder failed: {}", e.toString());
        }
    }
}
