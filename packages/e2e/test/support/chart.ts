import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { stringify } from 'yaml'
import { root } from './entries.ts'
import { findHelmTools, type KubernetesObject, objectsOf } from './manifests.ts'

export const chartFolder = join(root, 'infra/helm')
export const valuesOfManifests = join(root, 'infra/kubernetes/values.yaml')

/** What Helm makes of the chart, and the programs that look at that. Close it. */
export class Chart {
  readonly tools = findHelmTools()
  /** For files of a test. */
  readonly directory = mkdtempSync(join(tmpdir(), 'chart-'))
  readonly #renderings = new Map<string, string>()
  #written = 0

  run(tool: string, args: readonly string[], input?: string) {
    // Nothing of the machine's own configuration or cluster.
    const env = { PATH: process.env.PATH, HOME: this.directory }
    return spawnSync(join(this.tools, tool), args, { encoding: 'utf8', env, input, maxBuffer: 2 ** 26 })
  }

  /** @throws Error where the program fails */
  outputOf(tool: string, args: readonly string[], input?: string): string {
    const { status, stdout, stderr } = this.run(tool, args, input)
    if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }

  /** What Helm is given for these values, beside those of the manifests. */
  template(values: object = {}): readonly string[] {
    const file = join(this.directory, `values-${this.#written++}.yaml`)
    writeFileSync(file, stringify(values))
    const args = ['template', 'mtls-gateway', chartFolder, '--namespace', 'mtls-gateway', '--values', valuesOfManifests]
    return [...args, '--values', file]
  }

  rendered(values: object = {}): string {
    const key = JSON.stringify(values)
    const known = this.#renderings.get(key) ?? this.outputOf('helm', this.template(values))
    this.#renderings.set(key, known)
    return known
  }

  objects(values?: object): readonly KubernetesObject[] {
    return objectsOf(this.rendered(values))
  }

  /**
   * As the chart has it: the namespace is that of the release, and whoever installs it makes it; ConfigMaps have no
   * hash in their names.
   */
  kustomized(folder: string): readonly KubernetesObject[] {
    const text = this.outputOf('kustomize', ['build', folder])
    return objectsOf(text.replaceAll(/\b(settings|edge)-[a-z0-9]{10}\b/g, '$1'))
      .filter(({ kind }) => kind !== 'Namespace')
      .map(({ metadata: { namespace, ...metadata }, ...object }) => {
        expect(namespace).toBe('mtls-gateway')
        return { ...object, metadata }
      })
  }

  close(): void {
    rmSync(this.directory, { recursive: true })
  }
}

/** By kind and name. */
export function byName(all: readonly KubernetesObject[]): Readonly<Record<string, KubernetesObject>> {
  return Object.fromEntries(all.map((object) => [`${object.kind} ${object.metadata.name}`, object]))
}

export function deployments(all: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return all.filter(({ kind }) => kind === 'Deployment')
}

/** Without what takes the place of the hash. */
export function withoutChecksums(all: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return all.map((object) => {
    if (object.kind !== 'Deployment') return object
    const { annotations, ...metadata } = object.spec.template.metadata
    expect(Object.keys(annotations)).toEqual([expect.stringMatching(/^checksum\/(settings|edge)$/)])
    return { ...object, spec: { ...object.spec, template: { ...object.spec.template, metadata } } }
  })
}

/** @param path in the repository */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
