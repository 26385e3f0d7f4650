import type { z } from 'zod'

/** One environment variable: how its text becomes a value, and how it is documented. */
export interface Setting<T> {
  readonly variable: string
  readonly schema: z.ZodType<T, string>
  readonly meaning: string
  /** A valid value. */
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

export interface SettingFacts {
  readonly meaning: string
  readonly example?: string
  /** Secrets have none. */
  readonly default?: string
}

/** A setting that may be absent: its value is then undefined. */
export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, required: false }
}
