{{- define "engram.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* 40 characters leave room for what is put behind it, in names that may have 63 and in labels made of them. */}}
{{- define "engram.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "engram.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "engram.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What makes a pod a node of this release. It never changes, since a StatefulSet cannot change it. */}}
{{- define "engram.selectorLabels" -}}
app: engram
app.kubernetes.io/name: {{ include "engram.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "engram.labels" -}}
{{ include "engram.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "engram.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "engram.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "engram.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}

{{/* "true" for a cluster, else nothing. */}}
{{- define "engram.isCluster" -}}
{{- if or (eq .Values.cluster.mode "cluster") (and (eq .Values.cluster.mode "auto") (gt (int .Values.statefulset.replicaCount) 1)) -}}
true
{{- end }}
{{- end }}

{{/* "true" if the nodes ask the API for each other. */}}
{{- define "engram.asksApi" -}}
{{- if and (include "engram.isCluster" .) (eq .Values.cluster.discovery.type "kubernetes") -}}
true
{{- end }}
{{- end }}

{{/* The Service's address for what runs in the same cluster. */}}
{{- define "engram.url" -}}
http://{{ include "engram.fullname" . }}.{{ .Release.Namespace }}.svc:{{ .Values.service.httpPort }}
{{- end }}

{{/* Not those of a node: else a test would be sent requests, and be taken for a peer. */}}
{{- define "engram.testLabels" -}}
app.kubernetes.io/name: {{ include "engram.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
