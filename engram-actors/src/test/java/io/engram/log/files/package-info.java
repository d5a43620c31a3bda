@org.jspecify.annotations.NullMarked
package io.engram.log.files;
