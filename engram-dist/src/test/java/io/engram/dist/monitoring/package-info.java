/** What is watched, and how: rules, alerts and dashboards, held against a node that runs. */
@NullMarked
package io.engram.dist.monitoring;

import org.jspecify.annotations.NullMarked;
