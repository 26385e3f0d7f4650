import type { z } from 'zod'

/** One environment variable: how its text becomes a value, and what people are told about it. */
export interface Setting<T> {
  readonly variable: string
  readonly schema: z.ZodType<T, string>
  readonly meaning: string
  /** A value that would be taken. */
  readonly example: string
  /** As it would be written in the environment. */
  readonly default: string | undefined
  /** Without a default: whether its absence is a fault. */
  readonly required: boolean
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

export type Configuration<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never
}

export interface SettingFacts {
  readonly meaning: string
  readonly example?: string
  /** No secret has one. */
  readonly default?: string
}

/** A setting that may be absent: its value is then undefined. */
export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return { ...setting, required: false }
}
