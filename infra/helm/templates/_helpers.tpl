{{- /* What the pods of all services have in common. Takes `name` and `root`. */ -}}
{{- define "mtls-gateway.pod" -}}
serviceAccountName: {{ .name }}
automountServiceAccountToken: false
enableServiceLinks: false
# The user that the images of the services have; nginx runs as any.
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
# Different nodes by affinity, different zones by constraint: where nodes have no label for their zone, the scheduler
# ignores all constraints of a pod.
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector: { matchLabels: { app.kubernetes.io/name: {{ .name }} } }
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: { app.kubernetes.io/name: {{ .name }} } }
{{- with .root.Values.pods.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .root.Values.pods.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with .root.Values.pods.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* What kube-score is not asked about: what has a comment in mtls-gateway.container. */ -}}
{{- define "mtls-gateway.ignored" -}}
container-image-pull-policy,container-resources
{{- end }}

{{- /* What their containers have in common. */ -}}
{{- define "mtls-gateway.container" -}}
# The tag of a release is never moved, so a pod starts while the registry is away.
imagePullPolicy: IfNotPresent
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
# No limit of CPU: it would slow down handshakes while the node has time. Requests divide what there is.
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}

{{- /* The image of a service. Takes `name`, its values as `of`, and `root`. */ -}}
{{- define "mtls-gateway.image" -}}
{{- .of.image | default (printf "%s/%s:%s" .root.Values.images.repository .name (.root.Values.images.tag | default .root.Chart.AppVersion)) }}
{{- end }}

{{- /* What `mtls-admin vault setup` calls a role, by the mount. Takes `role` and `root`. */ -}}
{{- define "mtls-gateway.role" -}}
{{ .root.Values.settings.VAULT_MOUNT | default "mtls-gateway" | replace "/" "-" }}-{{ .role }}
{{- end }}

{{- /* A service's own settings, as variables. */ -}}
{{- define "mtls-gateway.variables" -}}
{{- range $name, $value := . }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- /* Where `mounts` of a service are. */ -}}
{{- define "mtls-gateway.mounts" -}}
{{- range . }}
- { name: {{ .name }}, mountPath: /etc/mtls-gateway/{{ .name }}, readOnly: true }
{{- end }}
{{- end }}

{{- /* And what they are. */ -}}
{{- define "mtls-gateway.volumes" -}}
{{- range . }}
- name: {{ .name }}
  {{- if .secret }}
  secret: { secretName: {{ .secret }} }
  {{- else }}
  configMap: { name: {{ .configMap }} }
  {{- end }}
{{- end }}
{{- end }}
