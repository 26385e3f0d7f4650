import { accessSync, constants } from 'node:fs'
import { z } from 'zod'
import { durationMs } from './duration.ts'
import { isBaseUrl, isCidr, isServiceUrl } from './network-text.ts'
import { Secret } from './secret.ts'
import type { Setting, SettingFacts } from './setting.ts'

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

/** Milliseconds, written with a unit: `500ms`, `30s`, `5m`, `1h`, `30d`. */
export function duration(variable: string, facts: SettingFacts): Setting<number> {
  const schema = checked('must be a number with a unit: ms, s, m, h or d', (value) => durationMs(value) !== undefined)
  return field(
    variable,
    schema.transform((value) => durationMs(value) ?? Number.NaN),
    { example: '30s', ...facts },
  )
}

/** A file that can be read now. */
export function filePath(variable: string, facts: SettingFacts & { readonly example: string }): Setting<string> {
  return field(variable, checked('must name a file that this process can read', isReadable), facts)
}

/** A file with a secret, which can be read now. */
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

/** Texts, separated by commas. */
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
