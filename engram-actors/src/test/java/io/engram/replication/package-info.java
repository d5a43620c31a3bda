/** Tests of the replicated logs, above all their simulator: {@link io.engram.replication.ReplicationSimulationTest}. */
@NullMarked
package io.engram.replication;

import org.jspecify.annotations.NullMarked;
