/**
 * Looks up known vulnerabilities of all that is released, in the npm registry: npm run vulnerabilities
 * Exit code 1 if there is one without an exception in vulnerability-exceptions.json, or an exception that has expired
 * or is not needed any more. Where the registry does not answer, it says so and goes on; with `--required`, it fails.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apps, installed, shippedBy } from './bill-of-materials.ts'

export interface Exception {
  /** The advisory, as in its url: `GHSA-...`. */
  readonly id: string
  /** Why it does no harm here, or what is waited for. */
  readonly reason: string
  /** The last day on which it holds, at most {@link longestDays} from today: 2026-12-31. */
  readonly expires: string
}

interface Advisory {
  readonly id: string
  readonly title: string
  readonly severity: string
  readonly url: string
  /** `name@version` of what is installed. */
  readonly packages: readonly string[]
}

/** What `npm audit --json` prints, as far as it is read here. */
interface Audit {
  readonly vulnerabilities: Readonly<Record<string, Vulnerability>>
}

interface Vulnerability {
  readonly name: string
  /** Advisories, and names of packages whose vulnerabilities this one has by depending on them. */
  readonly via: readonly (string | { readonly title: string; readonly severity: string; readonly url: string })[]
  /** Where it is installed, from the root: `node_modules/NAME`. */
  readonly nodes: readonly string[]
}

const longestDays = 90
const msPerDay = 86_400_000

/** @param shipped `name@version` of all that is released @param versionAt that of what is installed at a path */
export function advisoriesOf(
  { vulnerabilities }: Audit,
  shipped: ReadonlySet<string>,
  versionAt: (path: string) => string,
): readonly Advisory[] {
  const found = new Map<string, Advisory>()
  for (const { name, via, nodes } of Object.values(vulnerabilities)) {
    const packages = [...new Set(nodes.map((path) => `${name}@${versionAt(path)}`))].filter((each) => shipped.has(each))
    if (packages.length === 0) continue
    for (const advisory of via) {
      if (typeof advisory === 'string') continue
      const { title, severity, url } = advisory
      const id = url.split('/').at(-1) ?? url
      found.set(id, { id, title, severity, url, packages })
    }
  }
  return [...found.values()].sort((one, other) => one.id.localeCompare(other.id))
}

/** What has to be done before a release, in a sentence each. */
export function faultsOf(
  advisories: readonly Advisory[],
  exceptions: readonly Exception[],
  now: Date,
): readonly string[] {
  const today = now.toISOString().slice(0, 10)
  const latest = new Date(now.getTime() + longestDays * msPerDay).toISOString().slice(0, 10)
  const ofExceptions = exceptions.flatMap(({ id, reason, expires }) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(expires) || expires > latest)
      return [`The exception for ${id} needs a day on which it expires, ${latest} at the latest.`]
    if (reason.trim() === '') return [`The exception for ${id} needs a reason.`]
    if (!advisories.some((advisory) => advisory.id === id))
      return [`The exception for ${id} is not needed any more: delete it.`]
    return expires < today
      ? [`The exception for ${id} expired on ${expires}: update the package, or look at it again.`]
      : []
  })
  const excepted = new Set(exceptions.map(({ id }) => id))
  const open = advisories.filter(({ id }) => !excepted.has(id))
  return [
    ...open.map(
      ({ severity, title, packages, url }) =>
        `${severity}: ${title}, in ${packages.join(' and ')} (${url}). Update it.`,
    ),
    ...ofExceptions,
  ]
}

function scan(root: string, isRequired: boolean): boolean {
  const words = ['audit', '--json', '--fetch-retries=1', '--fetch-timeout=60000']
  const { stdout } = spawnSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const audit = auditIn(stdout)
  if (audit === undefined) {
    console.error(
      `The registry does not tell vulnerabilities, so none were looked up: ${stdout.trim().slice(0, 1_000)}`,
    )
    return !isRequired
  }
  const all = installed(root)
  const shipped = new Set(apps.flatMap((app) => [...shippedBy(root, app, all)]))
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const exceptions = JSON.parse(readFileSync(join(root, 'infra/release/vulnerability-exceptions.json'), 'utf8'))
  const advisories = advisoriesOf(audit, shipped, (path) => lock.packages[path]?.version)
  const faults = faultsOf(advisories, exceptions, new Date())
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) return false
  const known =
    advisories.length === 0 ? 'no known vulnerability' : `${advisories.length} vulnerabilities, all excepted`
  console.log(`${shipped.size} packages: ${known}.`)
  return true
}

/** Undefined for what npm prints when it was not answered. */
function auditIn(stdout: string): Audit | undefined {
  try {
    const answer = JSON.parse(stdout)
    return 'vulnerabilities' in answer ? answer : undefined
  } catch {
    return undefined
  }
}

if (import.meta.main) {
  const isGood = scan(join(import.meta.dirname, '../..'), process.argv.includes('--required'))
  process.exitCode = isGood ? 0 : 1
}
