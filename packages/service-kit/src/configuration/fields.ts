import { accessSync, constants } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { inspect } from 'node:util'
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
  /** Without a default: whether it is required. */
  readonly required: boolean
  /** It names a file with a secret. */
  readonly isSecretFile?: boolean
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

export type Configuration<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never
}

interface SettingFacts {
  readonly meaning: string
  readonly example?: string
  /** Secrets have none. */
  readonly default?: string
}

/** A setting that may be absent: its value is then undefined. */
export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, required: false }
}

/** A TCP port; 0 takes a free one. */
export function port(variable: string, facts: SettingFacts): Setting<number> {
  return integer(variable, 0, 65_535, { example: '8080', ...facts })
}

export function integer(variable: string, min: number, max: number, facts: SettingFacts): Setting<number> {
  const inBounds = (text: string) => /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max
  return field(variable, checked(`must be a whole number from ${min} to ${max}`, inBounds).transform(Number), {
    example: String(min),
    ...facts,
  })
}

export function boolean(variable: string, facts: SettingFacts): Setting<boolean> {
  const schema = checked('must be true or false', (text) => text === 'true' || text === 'false')
  return field(
    variable,
    schema.transform((text) => text === 'true'),
    { example: 'true', ...facts },
  )
}

export function choice<const Word extends string>(
  variable: string,
  words: readonly [Word, ...Word[]],
  facts: SettingFacts,
): Setting<Word> {
  const schema = z.enum(words, { error: `must be one of ${words.join(', ')}` })
  // An enum accepts strings only. Its input type lists the words, which no environment can promise.
  return field(variable, schema as unknown as z.ZodType<Word, string>, { example: words[0], ...facts })
}

export function text(variable: string, facts: SettingFacts & { readonly example: string }): Setting<string> {
  return field(variable, z.string(), facts)
}

/** Text that is never printed, here or later. */
export function secret(variable: string, facts: SettingFacts & { readonly example: string }): Setting<Secret> {
  return field(
    variable,
    z.string().transform((value) => new Secret(value)),
    facts,
  )
}

/** A key of exactly 32 bytes in base64; never printed. */
export function secretKey(variable: string, facts: SettingFacts): Setting<Secret<Uint8Array>> {
  const schema = checked('must be 32 bytes in base64', (value) => /^[A-Za-z0-9+/]{43}=$/.test(value))
  return field(
    variable,
    schema.transform((value) => new Secret<Uint8Array>(Buffer.from(value, 'base64'))),
    { example: '"$(openssl rand -base64 32)"', ...facts },
  )
}

interface DurationFacts extends SettingFacts {
  /** The shortest and the longest, as they are written. */
  readonly within?: readonly [shortest: string, longest: string]
  /** 0 may stand for none, whatever the bounds. */
  readonly orZero?: boolean
}

/** Milliseconds, written with a unit: `500ms`, `30s`, `5m`, `1h`, `30d`. */
export function duration(variable: string, { within, orZero = false, ...facts }: DurationFacts): Setting<number> {
  const [least = 0, most = Number.POSITIVE_INFINITY] = within?.map(durationMs) ?? []
  const isWithin = (ms: number) => (ms >= least && ms <= most) || (orZero && ms === 0)
  const schema = checked('must be a number with a unit: ms, s, m, h or d', (value) => durationMs(value) !== undefined)
    .transform((value) => durationMs(value) ?? Number.NaN)
    .refine(isWithin, `must be ${orZero ? '0, or ' : ''}from ${within?.join(' to ')}`)
  return field(variable, schema, { example: '30s', ...facts })
}

/** A file that can be read now. */
export function filePath(variable: string, facts: SettingFacts & { readonly example: string }): Setting<string> {
  return field(variable, checked('must name a file that this process can read', isReadable), facts)
}

export function secretFilePath(variable: string, facts: SettingFacts & { readonly example: string }): Setting<string> {
  return { ...filePath(variable, facts), isSecretFile: true }
}

/** Where another service answers: https, or http on this host only, since credentials or keys go there. */
export function serviceUrl(variable: string, facts: SettingFacts & { readonly example: string }): Setting<string> {
  return field(variable, checked('must be an https url (http is for this host alone)', isServiceUrl), facts)
}

/** Base urls, separated by commas, without their trailing slash. */
export function baseUrlList(variable: string, facts: SettingFacts): Setting<readonly string[]> {
  const schema = list('must be http or https urls without query, separated by commas', isBaseUrl)
  return field(
    variable,
    schema.transform((urls) => urls.map((url) => url.replace(/(?<!\/)\/+$/, ''))),
    { example: 'https://gateway.example,https://gateway.internal:8443', ...facts },
  )
}

/** Address ranges, separated by commas, as they were written. */
export function cidrList(variable: string, facts: SettingFacts): Setting<readonly string[]> {
  const schema = list('must be address ranges such as 10.0.0.0/8, separated by commas', isCidr)
  return field(variable, schema, { example: '10.0.0.0/8,fd00::/8', ...facts })
}

/** For formats that only one service uses. */
export function field<T>(
  variable: string,
  schema: z.ZodType<T, string>,
  facts: SettingFacts & { readonly example: string },
): Setting<T> {
  return { variable, schema, required: true, default: undefined, ...facts }
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

function splitList(value: string): readonly string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim())
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** A value that can't be printed by accident: text, JSON and inspection show a placeholder. */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
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

/** `NAME=number,...`: services of this deployment in addition to the built-in ones. */
export function serviceList(variable: string, facts: SettingFacts): Setting<ServiceCatalogue> {
  const schema = z.string().transform((text, context) => {
    const items = text === '' ? [] : text.split(',')
    const services = items.map(parseService)
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (!services.every((service) => service !== undefined)) {
      return refuse('must be NAME=number pairs separated by commas, names of A-Z 0-9 _')
    }
    try {
      return new ServiceCatalogue(services)
    } catch (error) {
      if (!isCodedError(error)) throw error
      return refuse('must not repeat a name or number, neither its own nor a built-in one')
    }
  })
  return field(variable, schema, { example: 'PAYMENTS=10,REPORTS=11', ...facts })
}

function parseService(item: string): Service | undefined {
  const [, name, number] = /^([A-Z][A-Z0-9_]{0,63})=(0|[1-9]\d{0,5})$/.exec(item.trim()) ?? []
  return name === undefined || number === undefined ? undefined : { name, number }
}
