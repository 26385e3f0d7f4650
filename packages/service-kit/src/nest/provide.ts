import type { FactoryProvider, InjectionToken, ValueProvider } from '@nestjs/common'

declare const value: unique symbol

/** A name by which Nest injects what is no class: an interface or a plain value. At run time it is just a symbol. */
export type Token<Value> = symbol & { readonly [value]: Value }

/** @param name shown where Nest reports that something can't be injected */
export function token<Value>(name: string): Token<Value> {
  // Only the compiler knows about the value.
  return Symbol(name) as Token<Value>
}

type Constructor = new (...dependencies: never[]) => unknown

/** What something is injected by: its class, or its token. */
type NameOf<Value> = Token<Value> | (abstract new (...dependencies: never[]) => Value)

type NamesOf<Values> = { readonly [Key in keyof Values]: NameOf<Values[Key]> }

/** One name per parameter of the constructor, or one per option if its only parameter is an object of them. */
type DependenciesOf<Made extends Constructor> =
  | NamesOf<ConstructorParameters<Made>>
  | (ConstructorParameters<Made> extends [infer Options] ? NamesOf<Options> : never)

type ValueOf<Name> =
  Name extends Token<infer Value>
    ? Value
    : Name extends abstract new (
          ...dependencies: never[]
        ) => infer Instance
      ? Instance
      : never

type ValuesOf<Names extends readonly unknown[]> = { -readonly [Index in keyof Names]: ValueOf<Names[Index]> }

/**
 * Provides a class. Its dependencies are named once, and the compiler checks them against its constructor:
 * `provide(Mappings, [Accounts, STORE])`, or `provide(Mappings, { accounts: Accounts, store: STORE })` if the
 * constructor takes them as one object.
 *
 * @param as what it is injected by instead of the class: `APP_INTERCEPTOR`, for example
 */
export function provide<Made extends Constructor>(
  made: Made,
  dependencies: DependenciesOf<Made>,
  as?: InjectionToken,
): FactoryProvider
export function provide(
  made: Constructor,
  dependencies: readonly InjectionToken[] | Readonly<Record<string, InjectionToken>>,
  as: InjectionToken = made,
): FactoryProvider {
  const keys = Object.keys(dependencies)
  const optionsOf = (values: readonly unknown[]) => Object.fromEntries(keys.map((key, index) => [key, values[index]]))
  return {
    provide: as,
    inject: Object.values(dependencies),
    // Nest passes what `inject` names, and the signature above says that this is what the constructor takes.
    useFactory: (...values: unknown[]) =>
      new made(...((Array.isArray(dependencies) ? values : [optionsOf(values)]) as never[])),
  }
}

/**
 * Provides what takes more than a constructor to make. The parameters of `make` get the types of the dependencies.
 *
 * @param name a class, a token, or a string that Nest knows: `APP_GUARD`, for example
 */
export function provideBy<Value, const Names extends readonly NameOf<unknown>[]>(
  name: NameOf<Value> | string,
  dependencies: Names,
  make: (...values: ValuesOf<Names>) => NoInfer<Value> | Promise<NoInfer<Value>>,
): FactoryProvider
export function provideBy(
  name: InjectionToken,
  dependencies: readonly InjectionToken[],
  make: (...values: never[]) => unknown,
): FactoryProvider {
  return {
    provide: name,
    inject: [...dependencies],
    useFactory: (...values: unknown[]) => make(...(values as never[])),
  }
}

export function provideValue<Value>(name: NameOf<Value>, value: NoInfer<Value>): ValueProvider {
  return { provide: name, useValue: value }
}
