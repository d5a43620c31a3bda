package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.micrometer.core.instrument.Gauge;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * What every space on a node shares.
 *
 * @param logs what the log store says about logs
 * @param quarantine the damaged logs
 * @param directory how to reach the directory of spaces
 * @param reigns for how long this node leads the spaces
 * @param readers where readers find open spaces
 * @param embedding the node's model
 * @param settings limits
 * @param clock the time
 * @param figures where the time goes
 */
record SpaceEnvironment(
        SpaceLogs logs,
        SpaceQuarantine quarantine,
        Consumer<DirectoryCommand> directory,
        Reigns reigns,
        SpaceReaders readers,
        TextEmbedding embedding,
        SpaceSettings settings,
        InstantSource clock,
        SpaceFigures figures) {

    static SpaceEnvironment of(
            SpaceLogs logs,
            SpaceQuarantine quarantine,
            Consumer<DirectoryCommand> directory,
            Reigns reigns,
            SpaceReaders readers,
            TextEmbedding embedding,
            SpaceSettings settings,
            InstantSource clock,
            SpaceFigures figures) {
        Gauge.builder("engram_spaces_open", readers, SpaceReaders::size)
                .description("Spaces whose engine is in memory")
                .register(figures.meters());
        return new SpaceEnvironment(logs, quarantine, directory, reigns, readers, embedding, settings, clock, figures);
    }
}
