/** The settings of a session in the form that text conversion of values wants them. */
import { defaultTextSettings, type IntervalStyle, parseDateStyle, type TextSettings } from '../value/text-settings.ts';
import { sessionTimeZone } from '../value/time-zone.ts';
import type { DatabaseSession } from './session.ts';

export function textSettingsOf(session: DatabaseSession): TextSettings {
	const get = (name: string): string => session.settings.get(name) ?? '';
	const style = parseDateStyle(get('DateStyle'), defaultTextSettings) ?? defaultTextSettings;
	return {
		timeZone: sessionTimeZone(get('TimeZone')) ?? defaultTextSettings.timeZone,
		dateStyle: style.dateStyle,
		dateOrder: style.dateOrder,
		intervalStyle: get('IntervalStyle') as IntervalStyle,
		byteaOutput: get('bytea_output') === 'escape' ? 'escape' : 'hex',
		extraFloatDigits: Number(get('extra_float_digits')),
		nowUs: () => session.functions.transactionTimeUs,
		names: {
			nameOf: (typeOid, oid) => session.functions.service('object_name', typeOid, oid) as string | undefined,
			oidOf: (typeOid, name) => session.functions.service('object_oid', typeOid, name) as number,
		},
	};
}

/** Throws for values of settings whose meaning needs parsing: TimeZone, DateStyle; returns the text to keep. */
export function normaliseTextSetting(name: string, value: string, before: (name: string) => string | undefined): string | null {
	switch (name.toLowerCase()) {
		case 'timezone':
			return sessionTimeZone(value)?.name ?? null;
		case 'datestyle': {
			const current = parseDateStyle(before('DateStyle') ?? '', defaultTextSettings) ?? defaultTextSettings;
			const style = parseDateStyle(value, current);
			return style === undefined ? null : `${style.dateStyle}, ${style.dateOrder}`;
		}
		default:
			return value;
	}
}
