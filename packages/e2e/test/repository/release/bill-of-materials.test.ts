import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import {
  type App,
  apps,
  type BillOfMaterials,
  billOfMaterials,
  builtIn,
  installed,
} from '../../../../../infra/release/bill-of-materials.ts'
import { root } from '../../support/entries.ts'
import { packageOf, workspaces } from '../../support/workspaces.ts'

const build = { commit: '0123456789ab', time: '2027-01-01T00:00:00.000Z' }
let all: BillOfMaterials
beforeAll(() => {
  all = installed(root)
})
const billOf = (app: App) => billOfMaterials(root, app, all, build)
const namesIn = ({ components }: BillOfMaterials) => components.map(({ name, version }) => `${name}@${version}`)

/** `name@version` of each library of which the bundler has put a part into an app's files: it names each source. */
function bundledIn(app: App): readonly string[] {
  const sources = globSync(`apps/${app}/dist/*.js`, { cwd: root }).flatMap((file) => [
    ...readFileSync(join(root, file), 'utf8').matchAll(/^\/\/ (?:\.\.\/)+(\S*node_modules\/(?:@[^/]+\/)?[^/]+)\//gm),
  ])
  const directories = new Set(sources.map(([, directory = '']) => directory))
  return [...directories].map((directory) => {
    const { name, version } = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'))
    return `${name}@${version}`
  })
}

/** Holds a bill against the schema of CycloneDX, with its lists of licences. */
function validator() {
  const library = dirname(fileURLToPath(import.meta.resolve('@cyclonedx/cyclonedx-library/package.json')))
  const schemaOf = (name: string) =>
    JSON.parse(readFileSync(join(library, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8'))
  // These two formats are of names and addresses in other scripts, of which npm writes none.
  const ajv = new Ajv({ strict: false, formats: { 'idn-email': true, 'iri-reference': true } })
  addFormats.default(ajv)
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(schemaOf(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`)
  const validate = ajv.compile(schemaOf('bom-1.5'))
  return (bill: unknown) => (validate(bill) ? [] : validate.errors)
}

const faultsIn = validator()

it('the schema refuses what is none', () => {
  expect(faultsIn({ ...billOf('cli'), components: [{ name: 'without a type' }] })).not.toEqual([])
})

describe.each(apps)('the bill of materials of %s', (app) => {
  it('is one by the schema of CycloneDX', () => {
    expect(faultsIn(billOf(app))).toEqual([])
  })

  it('names every library that is in its files', () => {
    const bundled = bundledIn(app)
    expect(bundled.length).toBeGreaterThan(3)
    const named = new Set(namesIn(billOf(app)))
    expect(bundled.filter((each) => !named.has(each))).toEqual([])
  })

  it('names nothing that only builds and tests need', () => {
    const tools = /^(@mtls-gateway\/(app-bundle|test-kit)|@types\/react|jest|oidc-provider|rolldown|typescript|vite)@/
    expect(namesIn(billOf(app)).filter((name) => tools.test(name))).toEqual([])
  })

  it('says what depends on what, and of all that from which build it is', () => {
    const { metadata, components, dependencies } = billOf(app)
    expect(metadata.component).toMatchObject({ name: `@mtls-gateway/${app}`, type: 'application' })
    expect(metadata.component.properties).toContainEqual({ name: 'mtls-gateway:commit', value: build.commit })
    const refs = new Set([metadata.component, ...components].map((component) => component['bom-ref']))
    expect(refs.size).toBe(components.length + 1)
    const named = dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
    expect(named.filter((ref) => !refs.has(ref))).toEqual([])
  })

  it('is the same for the same build, and another one for another', () => {
    expect(billOf(app)).toEqual(billOf(app))
    const { serialNumber } = billOf(app)
    expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    const other = { ...build, commit: 'fedcba987654' }
    expect(billOfMaterials(root, app, all, other).serialNumber).not.toBe(serialNumber)
  })
})

it('images have Node and the image that they are made from in theirs, and mtls has neither', () => {
  const version = readFileSync(join(root, '.nvmrc'), 'utf8').trim()
  const ofImages = [`node@${version}`, expect.stringMatching(/^gcr\.io\/distroless\/cc-debian12@sha256:[0-9a-f]{64}$/)]
  for (const app of apps.filter((each) => each !== 'cli')) expect(namesIn(billOf(app)).slice(-2)).toEqual(ofImages)
  expect(namesIn(billOf('cli'))).not.toContain(`node@${version}`)
})

it('what is built into an app is what its sources import, and its manifest names for development', () => {
  for (const app of apps) {
    const { sources = [], devDependencies = [] } = workspaces.find(({ name }) => name === app) ?? {}
    const imported = new Set(sources.flatMap(({ imports }) => imports.flatMap((each) => packageOf(each) ?? [])))
    const expected = devDependencies.filter((each) => imported.has(each)).sort()
    // The compiler takes typings from the one, and the bundler the code from the other.
    expect({ app, libraries: [...(builtIn[app] ?? [])] }).toEqual({ app, libraries: withCommander(expected) })
  }
})

function withCommander(libraries: readonly string[]): readonly string[] {
  return libraries.includes('@commander-js/extra-typings') ? [...libraries, 'commander'].sort() : libraries
}
