@NullMarked
package io.engram.dist.systemd;

import org.jspecify.annotations.NullMarked;
