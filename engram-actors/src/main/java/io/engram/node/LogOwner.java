package io.engram.node;

import io.engram.cluster.ClusterNode;
import io.engram.log.LogChange;
import io.engram.log.LogException;
import io.engram.log.LogStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whose a log is, as it says itself. One that was put under another node's snapshots would answer with the wrong memories. */
final class LogOwner {
    private static final Logger LOG = LoggerFactory.getLogger(LogOwner.class);
    private static final String OWNER_LOG = "node";
    private static final String OWNER_CELL = "id";

    private LogOwner() {}

    /** @throws DataFolderException if it is another node's, or that of another kind of node */
    static void require(LogStore log, DataFolder own, NodeSettings settings) {
        requireOwn(log, own, settings.log().folder());
        requireSameKind(log, settings);
    }

    private static void requireOwn(LogStore log, DataFolder own, Path logFolder) {
        try {
            var owner = owner(log);
            owner.ifPresent(own::named);
            var name = own.identity().nodeId();
            if (!owner.orElse(name).equals(name)) {
                throw new DataFolderException("the log in %s belongs to another node, '%s', and this is '%s'"
                        .formatted(logFolder, owner.orElse(""), name));
            }
        } catch (LogException e) {
            LOG.warn("Whose the log in {} is cannot be read; its folder is this node's. {}", logFolder, e.getMessage());
        }
    }

    /** A folder in which another kind of node keeps its spaces would look empty. */
    private static void requireSameKind(LogStore log, NodeSettings settings) {
        var clustered = settings.cluster().isPresent();
        if (clustered && !log.logs("space|", "", 1).isEmpty()) {
            throw new DataFolderException(
                    "it holds the spaces of a node on its own, and cluster.enabled is true: start this node with an"
                            + " empty folder and copy the memories through its doors");
        }
        if (!clustered && ClusterNode.isIn(log)) {
            throw new DataFolderException("it belongs to a node of a cluster, and cluster.enabled is false");
        }
    }

    /** Nobody waits for it: a log that cannot take this says so elsewhere, and the next start tries again. */
    static void note(LogStore log, NodeIdentity own) {
        if (!isNoted(log)) {
            var id = own.nodeId().getBytes(StandardCharsets.UTF_8);
            log.write(List.of(new LogChange.PutCell(OWNER_LOG, OWNER_CELL, id)));
        }
    }

    private static boolean isNoted(LogStore log) {
        try {
            return owner(log).isPresent();
        } catch (LogException e) {
            return false;
        }
    }

    private static Optional<String> owner(LogStore log) {
        return log.cell(OWNER_LOG, OWNER_CELL).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
