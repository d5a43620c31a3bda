package io.engram.node;

import io.engram.cluster.ClusterSettings;
import io.engram.log.LogStoreSettings;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a node needs to know to start.
 *
 * @param dataFolder where everything that must last is kept; made if it is not there
 * @param nodeId the node's name; empty to take the data folder's own, which is drawn when that is made
 * @param log the write-ahead log; its folder lies in the data folder
 * @param warnFreeBytes room on the log's file system below which the node warns, in bytes; 0 for never
 * @param spaces limits of spaces
 * @param bootstrapSpaces spaces that exist from the start
 * @param expertConfig a HOCON file laid over Pekko's settings
 * @param history how much of each log is kept beyond what recovery needs, 0 or more
 * @param cluster how it takes part in a cluster; empty for a node on its own
 */
public record NodeSettings(
        Path dataFolder,
        Optional<String> nodeId,
        LogStoreSettings log,
        long warnFreeBytes,
        SpaceSettings spaces,
        List<SpaceId> bootstrapSpaces,
        Optional<Path> expertConfig,
        Duration history,
        Optional<ClusterSettings> cluster) {
    /** What {@code default.toml} ships. */
    private static final Duration DEFAULT_HISTORY = Duration.ofHours(24);

    public NodeSettings {
        bootstrapSpaces = List.copyOf(bootstrapSpaces);
    }

    /** Without a name of its own, without a warning before the log refuses, and with the usual history. */
    public NodeSettings(
            Path dataFolder,
            LogStoreSettings log,
            SpaceSettings spaces,
            List<SpaceId> bootstrapSpaces,
            Optional<Path> expertConfig) {
        this(
                dataFolder,
                Optional.empty(),
                log,
                0,
                spaces,
                bootstrapSpaces,
                expertConfig,
                DEFAULT_HISTORY,
                Optional.empty());
    }

    /** Defaults for a data folder, with one space named {@code default}. */
    public static NodeSettings of(Path dataFolder) {
        return new NodeSettings(
                dataFolder,
                LogStoreSettings.of(dataFolder.resolve("log")),
                SpaceSettings.DEFAULTS,
                List.of(new SpaceId("default")),
                Optional.empty());
    }
}
