/** What releases are made of: bills of materials in CycloneDX, from what npm says of the lock file. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** CycloneDX 1.5 as `npm sbom` writes it; members that nothing here reads are passed on. */
export interface BillOfMaterials {
  readonly serialNumber: string
  readonly metadata: { readonly tools: readonly unknown[]; readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

export interface Component {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly type: string
  readonly purl?: string
  /** Common Platform Enumeration: what lists of vulnerabilities call it. */
  readonly cpe?: string
  /** `optional` is what npm may leave out. */
  readonly scope?: string
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

/** What is released, by its folder in `apps`. */
export const apps = ['config-api', 'forwarder-api', 'console', 'cli'] as const
export type App = (typeof apps)[number]

/** Libraries that an app's build puts into its files, though its manifest names them for development. */
export const builtIn: Partial<Record<App, readonly string[]>> = {
  // Vite's, for browsers.
  console: ['@mtls-gateway/client', '@tanstack/react-query', 'react', 'react-dom', 'wouter'],
  // `mtls` is packed as files that need nothing.
  cli: [
    '@commander-js/extra-typings',
    '@mtls-gateway/client',
    '@mtls-gateway/contract',
    '@mtls-gateway/request-signing',
    '@mtls-gateway/terminal',
    'commander',
    'openid-client',
    'yaml',
  ],
}

/** All that the lock file installs, for development too. */
export function installed(root: string): BillOfMaterials {
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const text = execFileSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(text)
}

/** What {@link billOfMaterials} tells of a build. */
export interface Build {
  readonly commit: string
  /** ISO 8601. */
  readonly time: string
}

/** What is in an app: the same bytes for the same build. */
export function billOfMaterials(root: string, app: App, all: BillOfMaterials, build: Build): BillOfMaterials {
  const shipped = shippedBy(root, app, all)
  const ofApp = refOf(app, all)
  const image = app === 'cli' ? [] : ofImage(root)
  const isIn = (ref: string) => ref === ofApp || shipped.has(ref)
  const components = all.components.filter((component) => isIn(component['bom-ref'])).map(asShipped)
  const itself = components.find((component) => component['bom-ref'] === ofApp)
  if (itself === undefined) throw new Error(`npm does not list ${ofApp}`)
  const content = {
    ...all,
    metadata: {
      timestamp: build.time,
      lifecycles: [{ phase: 'build' }],
      tools: all.metadata.tools,
      component: { ...itself, type: 'application', properties: [{ name: 'mtls-gateway:commit', value: build.commit }] },
    },
    components: [...components.filter((component) => component !== itself), ...image],
    dependencies: all.dependencies
      .filter(({ ref }) => isIn(ref))
      .map(({ ref, dependsOn }) => {
        const inIt = dependsOn.filter(isIn)
        return { ref, dependsOn: ref === ofApp ? [...inIt, ...image.map((each) => each['bom-ref'])] : inIt }
      }),
    serialNumber: '',
  }
  return { ...content, serialNumber: serialNumberOf(content) }
}

/** The `bom-ref` of each library and package of ours that is part of an app, without the app itself. */
export function shippedBy(root: string, app: App, all: BillOfMaterials): ReadonlySet<string> {
  const components = new Map(all.components.map((component) => [component['bom-ref'], component]))
  const dependsOn = new Map(all.dependencies.map((each) => [each.ref, each.dependsOn]))
  const shipped = new Set<string>()
  /** @param names of what is followed, or undefined for all @param development whether packages may be for it */
  const follow = (ref: string, names: ReadonlySet<string> | undefined, development: boolean) => {
    for (const next of dependsOn.get(ref) ?? []) {
      const component = components.get(next)
      if (component === undefined || shipped.has(next) || names?.has(nameOf(next)) === false) continue
      // npm calls what is for development alone optional, too.
      if (component.scope === 'optional' && !(development && isForDevelopment(component))) continue
      // No typing is part of a file.
      if (development && next.startsWith('@types/')) continue
      shipped.add(next)
      follow(next, productionOf(root, nameOf(next)), development)
    }
  }
  const ref = refOf(app, all)
  follow(ref, productionOf(root, nameOf(ref)), false)
  follow(ref, new Set(builtIn[app]), true)
  return shipped
}

function refOf(app: App, { components }: BillOfMaterials): string {
  const refs = components.map((component) => component['bom-ref'])
  const ref = refs.find((each) => nameOf(each) === `@mtls-gateway/${app}`)
  if (ref === undefined) throw new Error(`npm does not know @mtls-gateway/${app}`)
  return ref
}

/** `@scope/name` of `@scope/name@1.2.3`: for a package of ours, npm's `name` is that of its folder. */
export function nameOf(ref: string): string {
  return ref.slice(0, ref.lastIndexOf('@'))
}

const isForDevelopment = ({ properties = [] }: Component) =>
  properties.some(({ name }) => name === 'cdx:npm:package:development')

/** In what is shipped it is no longer for development, nor optional. */
function asShipped(component: Component): Component {
  const properties = (component.properties ?? []).filter(({ name }) => name !== 'cdx:npm:package:development')
  return { ...component, name: nameOf(component['bom-ref']), scope: 'required', properties }
}

/** What the manifest of one of ours names not only for development; undefined for others: npm knows no more of them. */
function productionOf(root: string, name: string): ReadonlySet<string> | undefined {
  const [, ours] = /^@mtls-gateway\/(.+)$/.exec(name) ?? []
  if (ours === undefined) return undefined
  const folder = apps.some((app) => app === ours) ? 'apps' : 'packages'
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, ours, 'package.json'), 'utf8'))
  return new Set(Object.keys(dependencies))
}

/** What an image has beside the app: Node, and the image that it is made from. */
function ofImage(root: string): readonly Component[] {
  const dockerfile = readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8')
  const [, node = ''] = /^ARG NODE_IMAGE=node:([\d.]+)/m.exec(dockerfile) ?? []
  const [, base = '', digest = ''] = /^ARG RUNTIME_IMAGE=([^\s:]+):\S+@(sha256:\w+)$/m.exec(dockerfile) ?? []
  const name = base.split('/').at(-1)
  return [
    {
      'bom-ref': `node@${node}`,
      type: 'platform',
      name: 'node',
      version: node,
      cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:*:*:*:*`,
      purl: `pkg:generic/node@${node}`,
    },
    {
      'bom-ref': `${base}@${digest}`,
      type: 'container',
      name: base,
      version: digest,
      purl: `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${base}`,
    },
  ]
}

/** A UUID of version 8 (RFC 9562): the hash of what it names. */
function serialNumberOf(content: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)]
  return `urn:uuid:${parts.join('-')}`
}
