package io.engram.space;

import io.engram.memory.EngineSnapshot;
import java.time.Instant;
import java.util.List;

/**
 * A space's state at one point of its log, as plain data: the first form, which is still read and no longer written;
 * {@link SpaceImage} took its place.
 *
 * @param incarnation which log it belongs to
 * @param lastTime time of the last event
 * @param engine the memories
 * @param answers answers kept for retries, oldest first
 */
record SpaceSnapshot(long incarnation, Instant lastTime, EngineSnapshot engine, List<KeptAnswers.Answer> answers) {}
