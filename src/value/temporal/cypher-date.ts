/**
 * A date of Cypher: a day of the proleptic Gregorian calendar, without time and zone.
 */
import { checkEpochDay, checkField, dateText, daysInMonth, daysOfCivil, YEAR_MAX, YEAR_MIN } from './calendar.ts';

export class CypherDate {
	/** Days since 1970-01-01. */
	readonly epochDay: number;

	constructor(epochDay: number) {
		this.epochDay = epochDay;
	}

	/** An ArgumentError when a field is out of its range. */
	static of(year: number, month: number, day: number): CypherDate {
		checkField('year', year, YEAR_MIN, YEAR_MAX);
		checkField('month', month, 1, 12);
		checkField('day', day, 1, daysInMonth(year, month));
		return new CypherDate(daysOfCivil(year, month, day));
	}

	/** An ArgumentError when the year is out of range. */
	static ofEpochDay(epochDay: number): CypherDate {
		return new CypherDate(checkEpochDay(epochDay));
	}

	/** Negative, zero or positive, in the order of time. */
	compareTo(other: CypherDate): number {
		return this.epochDay - other.epochDay;
	}

	equals(other: CypherDate): boolean {
		return this.epochDay === other.epochDay;
	}

	/** 2015-07-21. */
	toString(): string {
		return dateText(this.epochDay);
	}
}
