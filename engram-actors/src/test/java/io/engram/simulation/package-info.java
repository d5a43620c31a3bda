/**
 * A small kernel for simulating distributed protocols: one thread, virtual time, a seed. It knows no protocol.
 *
 * <p>A {@link io.engram.simulation.Simulation} holds {@link io.engram.simulation.VirtualTime}, the named
 * {@link io.engram.simulation.SimulatedProcess processes} with their {@link io.engram.simulation.SimulatedClock clocks}, the
 * {@link io.engram.simulation.SimulatedNetwork network} between them, and counts of the faults that really happened
 * ({@link io.engram.simulation.FaultCounts}). {@link io.engram.simulation.SimulatedDisk} is a disk that forgets what was not
 * forced. {@link io.engram.simulation.Schedules} runs many seeds and says how to replay the one that failed.
 *
 * <p>How to use it: wrap the state machine under test in a handler of messages, start it in a process, let it send through
 * the process and set its timers there, and after each step of the simulation check what must always hold. Everything random
 * comes from {@link io.engram.simulation.Simulation#random()}, and nothing may depend on the order of a hash map of objects
 * without a hash of their own, on real time or on threads: then the same seed gives the same run, to the last step.
 */
@NullMarked
package io.engram.simulation;

import org.jspecify.annotations.NullMarked;
