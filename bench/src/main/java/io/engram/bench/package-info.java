/** Repeatable benchmarks of a real node, each beside the machine's own limit in the same run. */
@NullMarked
package io.engram.bench;

import org.jspecify.annotations.NullMarked;
