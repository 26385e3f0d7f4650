import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { root } from './entries.ts'

/** An object of Kubernetes, as far as tests look at it. */
export interface KubernetesObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: kinds have nothing in common here.
  readonly spec?: any
}

/** The folder of what `infra/helm-tools` builds, whether or not it has. */
export function findHelmTools(): string {
  const { stdout } = spawnSync(process.execPath, [join(root, 'infra/helm-tools/build.mjs'), '--path'], {
    encoding: 'utf8',
  })
  return stdout.trim()
}

/** The objects of a text with any number of YAML documents. */
export function objectsOf(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const object: KubernetesObject | null = document.toJS()
    if (document.errors[0] !== undefined) throw document.errors[0]
    return object === null ? [] : [object]
  })
}

/** @throws Error if there is none */
export function objectNamed(all: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = all.find((object) => object.kind === kind && object.metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: object } }[]
  }
}

/**
 * Copies the schemas of `infra/helm-tools` to a folder, those of custom resources as kubeconform takes them.
 * @returns what its `-schema-location` is given
 */
export function writeSchemas(tools: string, directory: string): readonly string[] {
  const source = join(tools, 'schemas')
  for (const file of readdirSync(source).filter((name) => name.endsWith('.yaml'))) {
    const { spec }: CustomResourceDefinition = parse(readFileSync(join(source, file), 'utf8'))
    for (const { name, schema } of spec.versions) {
      const path = join(directory, `${spec.names.kind.toLowerCase()}-${spec.group.split('.')[0]}-${name}.json`)
      writeFileSync(path, JSON.stringify(strict(schema.openAPIV3Schema)))
    }
  }
  const file = '{{.ResourceKind}}{{.KindSuffix}}.json'
  return [join(source, '{{.NormalizedKubernetesVersion}}', file), join(directory, file)]
}

/** A server drops unknown fields of custom resources without a word; here they are refused. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [key, strict(value)])
  const isOpen = 'x-kubernetes-preserve-unknown-fields' in schema || 'additionalProperties' in schema
  return Object.fromEntries('properties' in schema && !isOpen ? [...entries, ['additionalProperties', false]] : entries)
}
