/**
 * The catalog: one small versioned document that says who holds what, kept by a majority of up to five voters and changed by
 * compare-and-set. It is one register of the kind that Rystsov's CASPaxos describes (2018), with voters that can be changed.
 *
 * <p>Where to begin reading: {@link io.engram.catalog.Document} is what is kept, {@link io.engram.catalog.Edit} how it is
 * changed, {@link io.engram.catalog.Acceptor} what a voter does, {@link io.engram.catalog.Proposer} what a node does that
 * wants something of the voters, {@link io.engram.catalog.Rules} the decisions on which safety rests, each in one place, and
 * {@link io.engram.catalog.CatalogNode} all of it put together for one node. docs/replication.md has the protocol in prose.
 *
 * <p>Everything here is a deterministic state machine: messages, ends of forced writes and timeouts go in; messages, forced
 * writes, timeouts to set and answers come out. There is no thread, socket, file, clock or actor. The same classes run in a
 * server and in the simulator.
 */
@NullMarked
package io.engram.catalog;

import org.jspecify.annotations.NullMarked;
