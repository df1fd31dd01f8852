/**
 * What functions read of the session's settings: time zone and the settings of text forms. Settings are strings; what they mean
 * is parsed once per distinct string, since a statement asks for it once per row.
 */
import { sqlError } from '../../platform/errors.ts';
import { defaultTextSettings, type IntervalStyle, parseDateStyle, type TextSettings } from '../../value/text-settings.ts';
import { type TimeZone, timeZoneByName, utc } from '../../value/time-zone.ts';
import type { FunctionContext } from './contracts.ts';

let lastZoneName = 'UTC';
let lastZone: TimeZone | undefined;

/** The zone named by the setting TimeZone. */
export function sessionTimeZone(context: FunctionContext): TimeZone {
	const known = context.textSettings;
	if (known !== undefined) return known.timeZone;
	const name = context.setting('TimeZone') ?? 'UTC';
	if (lastZone !== undefined && name === lastZoneName) return lastZone;
	const zone = name === 'UTC' ? utc : requireTimeZone(name);
	lastZoneName = name;
	lastZone = zone;
	return zone;
}

/** A zone by name; 22023 if there is none. */
export function requireTimeZone(name: string): TimeZone {
	const zone = timeZoneByName(name);
	if (zone === undefined) throw sqlError('22023', `time zone "${name}" not recognized`);
	return zone;
}

const settingsByContext = new WeakMap<FunctionContext, { readonly key: string; readonly settings: TextSettings }>();

/** The settings that text forms of values depend on. */
export function textSettings(context: FunctionContext): TextSettings {
	if (context.textSettings !== undefined) return context.textSettings;
	const dateStyle = context.setting('DateStyle') ?? 'ISO, MDY';
	const intervalStyle = context.setting('IntervalStyle') ?? 'postgres';
	const byteaOutput = context.setting('bytea_output') ?? 'hex';
	const digits = context.setting('extra_float_digits') ?? '1';
	const key = `${dateStyle}|${intervalStyle}|${byteaOutput}|${digits}|${context.setting('TimeZone') ?? ''}`;
	const known = settingsByContext.get(context);
	if (known !== undefined && known.key === key) return known.settings;
	const style = dateStyle === 'ISO, MDY' ? defaultTextSettings : (parseDateStyle(dateStyle, defaultTextSettings) ?? defaultTextSettings);
	const settings: TextSettings = {
		timeZone: sessionTimeZone(context),
		dateStyle: style.dateStyle,
		dateOrder: style.dateOrder,
		intervalStyle: intervalStyle as IntervalStyle,
		byteaOutput: byteaOutput === 'escape' ? 'escape' : 'hex',
		extraFloatDigits: Number(digits),
		nowUs: () => context.transactionTimeUs,
		names: {
			nameOf: (typeOid, oid) => context.service('object_name', typeOid, oid) as string | undefined,
			oidOf: (typeOid, name) => context.service('object_oid', typeOid, name) as number,
		},
	};
	settingsByContext.set(context, { key, settings });
	return settings;
}
