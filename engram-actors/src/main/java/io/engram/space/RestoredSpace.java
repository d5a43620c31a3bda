package io.engram.space;

import io.engram.memory.SpaceEngine;
import java.time.Instant;
import java.util.List;

/**
 * What came out of a {@link SpaceImage}.
 *
 * @param incarnation which log it belongs to
 * @param lastTime time of the last event
 * @param engine belongs to whoever asked for it
 * @param answers answers kept for retries, oldest first
 */
record RestoredSpace(long incarnation, Instant lastTime, SpaceEngine engine, List<KeptAnswers.Answer> answers) {}
