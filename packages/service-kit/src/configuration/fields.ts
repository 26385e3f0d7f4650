import { accessSync, constants } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { isCodedError, type Service, ServiceCatalogue } from '@mtls-gateway/domain'
import { z } from 'zod'

/** One environment variable: how its text becomes a value, and how it is documented. */
export interface Setting<T> {
  readonly variable: string
  readonly schema: z.ZodType<T, string>
  readonly meaning: string
  readonly example: string
  /** As it would be written in the environment. */
  readonly default: string | undefined
  /** Without it the service does not start. */
  readonly required: boolean
  /** It names a file with a secret. */
  readonly isSecretFile?: boolean
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

export type Configuration<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never
}

type Default = string | undefined

interface SettingFacts<D extends Default> {
  readonly meaning: string
  readonly example?: string
  /** Secrets have none. */
  readonly default?: D
  readonly isSecretFile?: boolean
}

/** Without a default it may be absent: its value is then undefined. */
type SettingOf<T, D extends Default> = Setting<D extends string ? T : T | undefined>

/** @template MoreFacts what the format does not tell */
type Make<T, MoreFacts = unknown> = <D extends Default = undefined>(
  variable: string,
  facts: SettingFacts<D> & MoreFacts,
) => SettingOf<T, D>

interface Example {
  readonly example: string
}

/** A setting that a service cannot do without. */
export function required<T>(setting: Setting<T | undefined>): Setting<T> {
  // Its schema makes a value of each text; undefined stands for none.
  return { ...(setting as Setting<T>), required: true }
}

/** For formats that only one service uses. */
export function field<T, D extends Default = undefined>(
  variable: string,
  schema: z.ZodType<T, string>,
  facts: SettingFacts<D> & Example,
): SettingOf<T, D> {
  // The compiler does not know which of the two `D` is.
  return { variable, schema, required: false, default: undefined, ...facts } as SettingOf<T, D>
}

function fieldOf<T>(schema: z.ZodType<T, string>, example: string): Make<T> {
  return (variable, facts) => field(variable, schema, { example, ...facts })
}

function fieldLike<T>(schema: z.ZodType<T, string>): Make<T, Example> {
  return (variable, facts) => field(variable, schema, facts)
}

/** A TCP port; 0 takes a free one. */
export const port: Make<number> = (variable, facts) => integer(variable, 0, 65_535, { example: '8080', ...facts })

export function integer<D extends Default = undefined>(
  variable: string,
  min: number,
  max: number,
  facts: SettingFacts<D>,
): SettingOf<number, D> {
  const inBounds = (text: string) => /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max
  const schema = checked(`must be a whole number from ${min} to ${max}`, inBounds).transform(Number)
  return field(variable, schema, { example: String(min), ...facts })
}

export const boolean = fieldOf(
  checked('must be true or false', (text) => text === 'true' || text === 'false').transform((text) => text === 'true'),
  'true',
)

export function choice<const Word extends string, D extends Default = undefined>(
  variable: string,
  words: readonly [Word, ...Word[]],
  facts: SettingFacts<D>,
): SettingOf<Word, D> {
  const schema = z.enum(words, { error: `must be one of ${words.join(', ')}` })
  // An enum accepts strings only. Its input type lists the words, which no environment can promise.
  return field(variable, schema as unknown as z.ZodType<Word, string>, { example: words[0], ...facts })
}

export const text = fieldLike(z.string())

/** Text that is never printed, here or later. */
export const secret = fieldLike(z.string().transform((value) => new Secret(value)))

/** A key of exactly 32 bytes in base64; never printed. */
export const secretKey = fieldOf(
  checked('must be 32 bytes in base64', (value) => /^[A-Za-z0-9+/]{43}=$/.test(value)).transform(
    (value) => new Secret<Uint8Array>(Buffer.from(value, 'base64')),
  ),
  '"$(openssl rand -base64 32)"',
)

interface Bounds {
  /** The shortest and the longest, as they are written. */
  readonly within?: readonly [shortest: string, longest: string]
  /** 0 may stand for none, whatever the bounds. */
  readonly orZero?: boolean
}

/** Milliseconds, written with a unit: `500ms`, `30s`, `5m`, `1h`, `30d`. */
export const duration: Make<number, Bounds> = (variable, { within, orZero = false, ...facts }) => {
  const [least = 0, most = Number.POSITIVE_INFINITY] = within?.map(durationMs) ?? []
  const isWithin = (ms: number) => (ms >= least && ms <= most) || (orZero && ms === 0)
  const schema = checked('must be a number with a unit: ms, s, m, h or d', (value) => durationMs(value) !== undefined)
    .transform((value) => durationMs(value) ?? Number.NaN)
    .refine(isWithin, `must be ${orZero ? '0, or ' : ''}from ${within?.join(' to ')}`)
  return field(variable, schema, { example: '30s', ...facts })
}

/** A file that can be read now. */
export const filePath = fieldLike(
  fileFor((path) => accessSync(path, constants.R_OK), 'must name a file that this process can read'),
)

export const secretFilePath: typeof filePath = (variable, facts) => filePath(variable, { isSecretFile: true, ...facts })

/** Where another service answers: https, or http on this host only, since credentials or keys go there. */
export const serviceUrl = fieldLike(checked('must be an https url (http is for this host alone)', isServiceUrl))

/** Base urls, separated by commas, without their trailing slash. */
export const baseUrlList = fieldOf(
  list('must be http or https urls without query, separated by commas', isBaseUrl).transform(
    (urls): readonly string[] => urls.map((url) => url.replace(/(?<!\/)\/+$/, '')),
  ),
  'https://gateway.example,https://gateway.internal:8443',
)

/** Address ranges, separated by commas, as they were written. */
export const cidrList = fieldOf(
  list('must be address ranges such as 10.0.0.0/8, separated by commas', isCidr),
  '10.0.0.0/8,fd00::/8',
)

/** `NAME=number,...`: services of this deployment in addition to the built-in ones. */
export const serviceList = fieldOf(
  z.string().transform((text, context) => {
    const services = splitList(text).map(parseService)
    try {
      if (services.every((service) => service !== undefined)) return new ServiceCatalogue(services)
      context.addIssue('must be NAME=number pairs separated by commas, names of A-Z 0-9 _')
    } catch (error) {
      if (!isCodedError(error)) throw error
      context.addIssue('must not repeat a name or number, neither its own nor a built-in one')
    }
    return z.NEVER
  }),
  'PAYMENTS=10,REPORTS=11',
)

function parseService(item: string): Service | undefined {
  const [, name, number] = /^([A-Z][A-Z0-9_]{0,63})=(0|[1-9]\d{0,5})$/.exec(item) ?? []
  return name === undefined || number === undefined ? undefined : { name, number }
}

function checked(problem: string, test: (text: string) => boolean) {
  return z.string().refine(test, problem)
}

export function list(problem: string, test: (item: string) => boolean) {
  return z
    .string()
    .transform((value) => splitList(value))
    .refine((items) => items.every(test), problem)
}

export function splitList(value: string): readonly string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim())
}

/** The path of a file that `read` can read; it throws where that holds something else. */
export function fileFor(read: (path: string) => unknown, problem: string) {
  return checked(problem, (path) => {
    try {
      read(path)
      return true
    } catch {
      return false
    }
  })
}

/** A value that can't be printed by accident: text, JSON and inspection show nothing of a private member. */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  reveal(): T {
    return this.#value
  }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `500ms`, `30s`, `5m`, `1h`, `30d` in milliseconds; undefined for anything else. `0` needs no unit. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0
  const [, amount, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = unitMs[unit]
  return factor === undefined ? undefined : Number(amount) * factor
}

export function isCidr(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128)
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this host can reach a server there. A name other than `localhost` may be any host. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  return family === 0 ? address === 'localhost' : loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** https, or http on this host; no user info. */
export function isServiceUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** http or https without query, fragment and user info. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || /[?#@\s]/.test(text)) return false
  return url.protocol === 'https:' || url.protocol === 'http:'
}
