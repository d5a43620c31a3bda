@NullMarked
package io.engram.replication.format;

import org.jspecify.annotations.NullMarked;
