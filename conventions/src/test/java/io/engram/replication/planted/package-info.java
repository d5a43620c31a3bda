/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.replication.planted;

import org.jspecify.annotations.NullMarked;
