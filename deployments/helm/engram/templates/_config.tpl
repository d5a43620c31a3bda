{{/*
A map as TOML: first its own values, then its sections. Helm's own toToml makes floats of all numbers. JSON's texts, numbers and
lists are TOML's, too. Takes a list of the section's name and the map.
*/}}
{{- define "engram.toml" -}}
{{- $path := index . 0 }}
{{- $map := index . 1 }}
{{- $own := dict }}
{{- range $key, $value := $map }}
{{- if not (kindIs "map" $value) }}
{{- $_ := set $own $key $value }}
{{- end }}
{{- end }}
{{- if and $path $own }}
[{{ $path }}]
{{- end }}
{{- range $key, $value := $own }}
{{ $key }} = {{ toJson $value }}
{{- end }}
{{- range $key, $value := $map }}
{{- if kindIs "map" $value }}
{{- include "engram.toml" (list (ternary $key (printf "%s.%s" $path $key) (empty $path)) $value) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the chart decides itself. Takes a list of the context and how many nodes found the cluster. */}}
{{- define "engram.ownConfig" -}}
{{- $context := index . 0 }}
server:
  http_bind: 0.0.0.0
  http_port: 7432
  grpc_port: 50051
persistence:
  data_root: /data
{{- if include "engram.isCluster" $context }}
cluster:
  enabled: true
  bootstrap_expect: {{ index . 1 }}
  discovery:
    type: {{ $context.Values.cluster.discovery.type }}
    port: 7946
    {{- if eq $context.Values.cluster.discovery.type "kubernetes" }}
    kubernetes_selector: app.kubernetes.io/name={{ include "engram.name" $context }},app.kubernetes.io/instance={{ $context.Release.Name }}
    {{- else }}
    service: {{ include "engram.fullname" $context }}-headless.{{ $context.Release.Namespace }}.svc
    {{- end }}
  network:
    swim_bind: 0.0.0.0:7946
{{- end }}
{{- end }}

{{/*
How many nodes found the cluster together. Half of them or fewer could do so twice, and more than there are would wait for ever.
*/}}
{{- define "engram.founders" -}}
{{- $nodes := int .Values.statefulset.replicaCount }}
{{- $expected := int .Values.cluster.bootstrapExpect }}
{{- if and $expected $nodes (include "engram.isCluster" .) (or (le (mul 2 $expected) $nodes) (gt $expected $nodes)) }}
{{- fail (printf "cluster.bootstrapExpect is %d, and statefulset.replicaCount %d: it must be more than half of it, and not more" $expected $nodes) }}
{{- end }}
{{- default $nodes $expected }}
{{- end }}

{{- define "engram.configFile" -}}
{{- $own := include "engram.ownConfig" . | fromYaml }}
{{- include "engram.toml" (list "" (mergeOverwrite (deepCopy (index . 0).Values.config) $own)) | trim }}
{{- end }}

{{/*
Of what a change restarts the pods. How many found the cluster matters once, and must not restart all of them when their number
changes.
*/}}
{{- define "engram.configChecksum" -}}
{{- include "engram.configFile" (list . 0) | sha256sum }}
{{- end }}

{{/*
What an upgrade must not do to a release that has data. The nodes themselves refuse the first, too; here it is said before a pod
is restarted. Without a cluster to look into (helm template) nothing is known and nothing is checked.
*/}}
{{- define "engram.checkUpgrade" -}}
{{- $old := lookup "apps/v1" "StatefulSet" .Release.Namespace (include "engram.fullname" .) }}
{{- if $old }}
{{- $annotations := default dict $old.metadata.annotations }}
{{- $was := get $annotations "engram.io/mode" }}
{{- $is := ternary "cluster" "single" (eq (include "engram.isCluster" .) "true") }}
{{- if and $was (ne $was $is) }}
{{- fail (printf "the release %s has the data of mode '%s', and these values make it '%s'; a data folder cannot be changed from one to the other in this version. Keep it with cluster.mode=%s, or install a second release and copy the memories" .Release.Name $was $is $was) }}
{{- end }}
{{- $before := int $old.spec.replicas }}
{{- $after := int .Values.statefulset.replicaCount }}
{{- /* All of them at once is a stop, and nothing is lost by it. */}}
{{- if and (eq $was "cluster") (gt $after 0) (lt $after $before) }}
{{- if gt (sub $before $after) 1 }}
{{- fail (printf "statefulset.replicaCount goes from %d to %d: nodes that leave at the same time may be the majority of a shard. Take away one at a time, and wait until 'engram cluster health' shows no shard with too few copies" $before $after) }}
{{- end }}
{{- if eq $after 1 }}
{{- fail "statefulset.replicaCount goes from 2 to 1: of two nodes both are the majority, and the one that is left could decide nothing" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
