package io.engram.space;

import io.engram.memory.EngineImage;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotSink;
import io.engram.snapshot.StreamedSnapshot;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/**
 * A space's state at one point of its log, to be written whenever there is time: it shares everything with the space,
 * which goes on without it.
 *
 * @param incarnation which log it belongs to
 * @param lastTime time of the last event
 * @param engine the memories
 * @param answers answers kept for retries, oldest first
 */
record SpaceImage(long incarnation, Instant lastTime, EngineImage engine, List<KeptAnswers.Answer> answers)
        implements StreamedSnapshot {
    @Override
    public String manifest() {
        return SpaceImages.MANIFEST;
    }

    @Override
    public void write(Position position, SnapshotSink sink) throws IOException {
        SpaceImages.write(this, position, sink::write);
    }
}
