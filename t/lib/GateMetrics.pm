# Copyright (C) 2026 Meshgate contributors
#
# A strict reader of Prometheus text format 0.0.4.
#
#     use GateMetrics;
#
#     my $metrics = metrics_parse($text);           # dies where it is not kept
#
#     $metrics->{gate_redis_up}{type}               # gauge
#     $metrics->{gate_redis_up}{samples}{gate_redis_up}{''}
#     $metrics->{gate_x_seconds}{samples}{gate_x_seconds_bucket}{'api="a",le="1"'}
#
#     metrics_value($text, 'gate_x_total', api => 'a')   # sum of what has these
#     metrics_families($text)                            # name => its lines
#
# What it asks for: HELP and TYPE once, in front of the samples; the lines of a
# family together; each sample once; labels once; counters in "_total" and
# whole numbers; of a histogram all buckets in order, never falling, "+Inf" the
# last and equal to "_count", and one "_sum".

package GateMetrics;

use strict;
use warnings;

use Encode qw(decode FB_CROAK);
use Exporter qw(import);

our @EXPORT = qw(metrics_parse metrics_value metrics_families);

my $name = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $label = qr/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/;


sub metrics_parse {
    my ($text) = @_;

    my (%families, $family);

    decode('UTF-8', $text, FB_CROAK | Encode::LEAVE_SRC);
    die "no line break at the end\n" if $text !~ /\n\z/;

    for my $line (split /\n/, $text) {

        if ($line =~ /^# HELP ($name) (?:[^\\]|\\[\\n])+$/) {
            die "HELP twice: $line\n" if $families{$1};
            $family = $1;
            $families{$family} = { samples => {} };
            next;
        }

        if ($line =~ /^# TYPE ($name) (counter|gauge|histogram)$/) {
            type($line, $1, $2, $family, \%families);
            next;
        }

        sample($line, $family, \%families);
    }

    for my $f (sort keys %families) {
        die "no TYPE: $f\n" if !$families{$f}{type};
        histogram($f, @{ $families{$f}{lines} // [] }) if $families{$f}{type} eq 'histogram';
    }

    return \%families;
}


sub type {
    my ($line, $n, $type, $family, $families) = @_;

    die "TYPE without HELP: $line\n" if !defined $family || $family ne $n;
    die "TYPE twice: $line\n" if $families->{$n}{type};
    die "name and type: $line\n" if ($type eq 'counter') != ($n =~ /_total$/);
    die "name and type: $line\n" if $type eq 'histogram' && $n !~ /_seconds$/;

    $families->{$n}{type} = $type;
}


sub sample {
    my ($line, $family, $families) = @_;

    $line =~ /^($name)(?:\{($label(?:,$label)*)\})? (\d+(?:\.\d+)?)$/
        or die "no sample: $line\n";

    my ($n, $labels, $value) = ($1, $2 // '', $3);

    die "in front of all families: $line\n" if !defined $family;

    my $type = $families->{$family}{type} or die "in front of TYPE: $line\n";
    my $suffix = $type eq 'histogram' ? qr/_(?:bucket|sum|count)/ : qr//;

    die "out of place: $line\n" if $n !~ /^\Q$family\E$suffix$/;
    die "not a whole number: $line\n" if $value =~ /\./ && $n !~ /_sum$/;
    die "le: $line\n" if ($labels =~ /(?:^|,)le="/) != ($n =~ /_bucket$/);
    die "twice: $line\n" if exists $families->{$family}{samples}{$n}{$labels};

    my %seen;
    $seen{$_}++ && die "label twice: $line\n" for $labels =~ /(\w+)="/g;

    $families->{$family}{samples}{$n}{$labels} = $value;
    push @{ $families->{$family}{lines} }, [ $n, $labels, $value ];
}


# Each set of labels is one run of lines: buckets that rise to "+Inf", the sum,
# the count.

sub histogram {
    my ($f, @lines) = @_;

    my ($le, $n, $set);

    for my $line (@lines) {
        my ($metric, $labels, $value) = @$line;
        my ($part) = $metric =~ /_(bucket|sum|count)$/;
        my $at = "$f $labels";

        if ($part eq 'bucket') {
            my ($others, $bound) = $labels =~ /^(?:(.*),)?le="(\+Inf|\d+(?:\.\d+)?)"$/
                or die "no bound: $at\n";

            $others //= '';
            ($le, $n, $set) = (-1, 0, $others) if !defined $le;

            die "buckets of two: $at\n" if $set ne $others;
            die "behind +Inf: $at\n" if $le eq '+Inf';
            die "bounds do not rise: $at\n" if $bound ne '+Inf' && $bound <= $le;
            die "a bucket falls: $at\n" if $value < $n;
            die "no bucket but +Inf: $at\n" if $bound eq '+Inf' && $le == -1;

            ($le, $n) = ($bound, $value);
            next;
        }

        die "not behind its buckets: $at\n" if !defined $le || $set ne $labels;

        if ($part eq 'sum') {
            die "the sum is not behind +Inf: $at\n" if $le ne '+Inf';
            $le = 'sum';

        } else {
            die "the count is not behind the sum: $at\n" if $le ne 'sum';
            die "+Inf is not the count: $at\n" if $n != $value;
            undef $le;
        }
    }

    die "cut off: $f\n" if defined $le;
}


sub metrics_value {
    my ($text, $metric, %labels) = @_;

    my $sum = 0;

    for my $family (values %{ metrics_parse($text) }) {
        my $samples = $family->{samples}{$metric} // next;

        for my $set (keys %$samples) {
            $sum += $samples->{$set}
                if !grep { $set !~ /(?:^|,)\Q$_\E="\Q$labels{$_}\E"(?:,|$)/ } keys %labels;
        }
    }

    return $sum;
}


sub metrics_families {
    my ($text) = @_;

    return map { /^# HELP (\S+)/ ? ($1 => $_) : () } split /^(?=# HELP )/m, $text;
}

1;
