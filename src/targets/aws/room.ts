import type { App, StackProps } from 'aws-cdk-lib/core'
import type { MeasuredOnAws } from '../../core/alarm.ts'
import type { AlarmOnAws } from '../../core/cloudwatch-alarm.ts'
import type { ChecksFor, Facts } from '../../core/check.ts'
import type { ComponentName, Guarantees } from '../../core/guarantee.ts'
import type { World } from '../../core/world.ts'
import type { TemplateContent } from './assembly.ts'
import type { Outputs } from './outputs.ts'
import type { OwnFunction } from '../../core/own-function.ts'

/** Where an instance lies. */
export type Where = { readonly instance: string; readonly account: string; readonly region: string }

/** The id of a resource, which nobody knows before its stack is deployed. */
export type IdOf = { readonly stack: string; readonly resource: string }

/** A figure of CloudWatch, but for its name. */
export type Figure = {
  readonly namespace: string
  readonly region: string
  readonly dimensions: Readonly<Record<string, string | IdOf>>
}

/** Where a stack of an instance lies. */
export type Frame = {
  /** Name of the instance: begins the names of what has to have one. */
  readonly instance: string
  readonly account: string
  readonly region: string
  /** The name of the stack, and its id in the app. */
  readonly stack: string
  /** Handed to CDK's `Stack` as they are. */
  readonly props: StackProps
}

/**
 * One stack of a room: data and pure functions. `Needs` are plain values, of the configuration and of stacks that are
 * deployed before it; what it provides to others is read from its outputs. Plain values, because a CloudFormation export
 * locks the stack that has it: it can be neither changed nor deleted as long as another one imports it.
 */
export type RoomStack<Settings, Needs, Provides> = {
  readonly component: ComponentName
  /** Behind the name of the instance: `cdn` makes `production-cdn`. */
  readonly name: string
  /** What it is, as the console of CloudFormation shows it: `The CDN`. */
  readonly title: string
  /**
   * `configured`: where `aws.region` says. `us-east-1`: what it is made of exists there alone. `copies`: where `aws.copies`
   * says, and nowhere where that is false.
   */
  readonly region: 'us-east-1' | 'configured' | 'copies'
  /**
   * What its resources measure. The stack is handed `alarms`: these at the configured thresholds, each with the topic of
   * its severity where the stack is in the region of the topics.
   */
  readonly measured?: readonly MeasuredOnAws[]
  /** Its functions. The stack is handed `silent`: what rings where the clock does not call one, with topics as `alarms` have them. */
  readonly functions?: readonly OwnFunction[]
  /** Where CloudWatch has the figure of one of these, for the dashboard; without it none is shown there. */
  readonly watched?: (alarm: AlarmOnAws, frame: Where) => Figure
  /** Defines the stack in an app. */
  readonly define: (app: App, frame: Frame, settings: Settings, needs: Needs) => void
  /** What others and its checks get of the deployed stack. Throws where an older version of edge deployed less. */
  readonly provides: (outputs: Outputs) => Provides
  /** What a plan says of values that were computed from the settings: a share is no number that anybody configured. */
  readonly explains?: (settings: Settings) => readonly string[]
  /** What of it nobody can undo later, by the settings; its deployment is confirmed by the name of the stack. */
  readonly forGood?: (settings: Settings) => ForGood | undefined
  /** Storage that grows by itself: the field of the configuration that it begins with, and how much that is. */
  readonly storage?: (settings: Settings) => Storage
  /** Looks before a deployment. Throws OperatorError where it would fail; answers what could not be looked at, in words. */
  readonly lookBefore?: (frame: Frame, needs: Needs, world: World, settings: Settings) => Promise<string | undefined>
  /**
   * What has taken the place of one of its resources by hand, which a deployment would take back, and the ways out; undefined
   * where nothing has.
   */
  readonly takenOver?: (where: Where) => Promise<TakenOver | undefined>
  /**
   * Waits until what was deployed serves, which CloudFormation does not, and answers what the operator has to know of it.
   * Throws OperatorError where it does not come to serve.
   */
  readonly settles?: (provides: Provides, where: Where, world: World) => Promise<readonly string[]>
  /** Outputs with the names of buckets that stay, with what is in them, when the stack is deleted. */
  readonly buckets?: readonly string[]
  /** What its deletion means at once: `the site is down then`. */
  readonly deletion?: string
  /** What is left when it is deleted, and how it is found. */
  readonly left?: (where: Where) => string
  /** What the operator is told when it is deployed. */
  readonly tells?: (provides: Provides) => Told
}

/** What it means, and whether a template has it already. */
export type ForGood = { readonly says: string; readonly isIn: (template: TemplateContent) => boolean }

export type TakenOver = { readonly what: string; readonly next: readonly string[] }

export type Storage = { readonly field: string; readonly gibibytes: number }

/** Fields of the JSON, lines of the screen, and what is typed next. */
export type Told = {
  readonly json: Readonly<Record<string, unknown>>
  readonly rows: readonly (readonly [name: string, value: string])[]
  readonly next?: string
}

/** What a room has on AWS that its guarantees are proven on. */
export type RoomOnAws<G extends Guarantees, Settings, Needs, Provides, Endpoint> = RoomStack<
  Settings,
  Needs,
  Provides
> & {
  readonly guarantees: G
  /** What the checks look at, when the stack is deployed. */
  readonly endpoint: (
    provides: Provides,
    frame: Frame,
    settings: Settings,
    needs: Needs,
    world: World,
  ) => Promise<LookedAt<Endpoint>>
  readonly checks: ChecksFor<G, Endpoint>
  /** What of it is otherwise than it should be, in words, beside what the guarantees stand on. */
  readonly amiss?: (endpoint: Endpoint, world: World) => Promise<readonly string[]>
  /** Guarantees that an emulator of AWS cannot keep, however it is asked, and why. */
  readonly notOnEmulator?: { readonly [Name in keyof G]?: string }
}

type LookedAt<Endpoint> = {
  readonly endpoint: Endpoint
  /** Said in the evidence of each check. */
  readonly facts?: Facts
  /** Lets go of connections. */
  readonly close?: () => void
}
