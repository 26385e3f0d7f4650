/** `npm run manifests`: writes the manifests that are made of the chart's templates: both give the same objects. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const infra = join(import.meta.dirname, '..')

/** By template. The other ones are what kustomize generates, and what is made of other files. */
const files: Readonly<Record<string, string>> = {
  'config-api.yaml': 'kubernetes/config-api.yaml',
  'forwarder-api.yaml': 'kubernetes/forwarder-api.yaml',
  'prober.yaml': 'kubernetes/prober.yaml',
  'console.yaml': 'kubernetes/console.yaml',
  'edge.yaml': 'kubernetes/edge.yaml',
  'network-policy.yaml': 'kubernetes/network-policy.yaml',
  'external-secrets.yaml': 'kubernetes/external-secrets/external-secrets.yaml',
  'monitoring.yaml': 'observability/kubernetes/pod-monitor.yaml',
}

/** The texts of the manifests by their paths in `infra`. @param helm the program */
export function manifests(helm: string): ReadonlyMap<string, string> {
  const optional = ['externalSecrets.enabled=true', 'monitoring.enabled=true'].flatMap((each) => ['--set', each])
  const args = ['template', 'mtls-gateway', join(infra, 'helm'), '--values', join(infra, 'kubernetes/values.yaml')]
  const rendered = execFileSync(helm, [...args, ...optional], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = new Map<string, string>()
  for (const document of rendered.split(/^---\n/m)) {
    const [, template = '', text = ''] = /^# Source: mtls-gateway\/templates\/(\S+)\n([\s\S]*)$/.exec(document) ?? []
    const file = files[template]
    if (file === undefined) continue
    const before = texts.get(file)
    const start = before === undefined ? '# Made of infra/helm/templates by: npm run manifests\n' : `${before}---\n`
    texts.set(file, start + withoutChecksum(text))
  }
  return texts
}

/** Kustomize has a hash in the name of what it generates, instead of a checksum where it is used. */
function withoutChecksum(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.includes('annotations: { checksum/'))
  return `${lines.join('\n')}\n`
}

if (import.meta.main) {
  const build = join(infra, 'helm-tools/build.mjs')
  const tools = execFileSync(process.execPath, [build], { encoding: 'utf8', stdio: ['ignore', 'pipe', 2] }).trim()
  for (const [file, text] of manifests(join(tools, 'helm'))) {
    writeFileSync(join(infra, file), text)
    console.log(`infra/${file}`)
  }
}
