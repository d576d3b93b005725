#!/usr/bin/env perl
#
# The house's rules that need to know who includes and who uses what:
#
#   - rooms of src/ngx have no circle: a room is its files with the same first
#     word (ngx_http_gate_limit_conf.c is of "limit"), an arrow an #include;
#   - what a header declares is defined, and used by another file;
#   - a header has at most 200 lines, that of the core 150;
#   - secrets are not compared by memcmp(), whose time tells how much fits;
#   - no two tests of a file have the same name, as far as names are literal.
#
# Usage: house.pl [report]      report: figures of the house instead
#
# Prints what it finds, a line each. Exit codes: 0 clean, 1 something was found.

use strict;
use warnings;

use Cwd 'abs_path';
use File::Basename;

chdir dirname(abs_path(__FILE__)) . '/../..' or die "$!\n";

my @files = sort(glob('src/*/*/*.[ch]'), glob('src/tools/*.[ch]'));
my %text = map { $_ => slurp($_) } @files;
my %code = map { $_ => without_comments($text{$_}) } @files;
my $found = 0;

if (@ARGV && $ARGV[0] eq 'report') {
    report();
    exit 0;
}

circles();
declarations();
lengths();
secrets();
test_names();

exit($found ? 1 : 0);


sub room {
    my ($file) = @_;

    my $name = basename($file) =~ s/\.[ch]$//r;

    return 'core' if $name eq 'ngx_http_gate' || $name eq 'ngx_http_mesh';
    return $name =~ /^ngx_http_(?:gate|mesh)_([a-z0-9]+)/ ? $1 : $name;
}


# Tarjan's strongly connected components: R. E. Tarjan, 1972.

sub circles {
    my (%to, %index, %low, %on, @stack);
    my $n = 0;

    for my $file (grep { m{^src/ngx(?:_mesh)?/} } @files) {
        for my $header ($text{$file} =~ /^#include "(ngx_http_(?:gate|mesh)\w*\.h)"/mg) {
            my ($from, $to) = (room($file), room($header));

            next if $from eq $to || $to eq 'core';
            $to{$from}{$to} //= $file;
        }
    }

    my $visit;

    $visit = sub {
        my ($room) = @_;

        $index{$room} = $low{$room} = $n++;
        push @stack, $room;
        $on{$room} = 1;

        for my $next (sort keys %{ $to{$room} || {} }) {
            if (!defined $index{$next}) {
                $visit->($next);
                $low{$room} = $low{$next} if $low{$next} < $low{$room};

            } elsif ($on{$next} && $index{$next} < $low{$room}) {
                $low{$room} = $index{$next};
            }
        }

        return if $low{$room} != $index{$room};

        my @ring;

        do {
            push @ring, pop @stack;
            delete $on{ $ring[-1] };
        } while $ring[-1] ne $room;

        return if @ring == 1;

        my %ring = map { $_ => 1 } @ring;

        found("a circle of rooms:" . join '', map {
            my $from = $_;
            "\n  $from -> " . join ' ', grep { $ring{$_} } sort keys %{ $to{$from} }
        } sort @ring);
    };

    for my $room (sort keys %to) {
        $visit->($room) if !defined $index{$room};
    }
}


sub declarations {
    my (%in, %defined);

    for my $file (@files) {
        my %seen;

        $in{$_}{$file} = 1
            for grep { !$seen{$_}++ } $code{$file} =~ /\b(\w*(?:gate|mesh)_\w+)\b/g;

        if ($file =~ /\.c$/) {
            $defined{$_} = 1 for $code{$file} =~ /^(\w+)\([^;]*?\)\n\{/mg;
        }
    }

    for my $header (grep { /\.h$/ } @files) {
        my @names = $code{$header}
                    =~ /^(?!static|typedef|extern|\#)[a-z][\w\s\*]*?
                        \b(\w+)\([^;{}]*\);/mgx;

        for my $name (@names) {
            found("$header: $name() is not defined") if !$defined{$name};

            my @users = grep { $_ ne $header && $code{$_} !~ /^\Q$name\E\(/m }
                        keys %{ $in{$name} || {} };
            my @tests = @users ? () : grep { slurp($_) =~ /\b\Q$name\E\b/ }
                        glob('t/*/*.[ch]'), glob('t/*/*/*.[ch]');

            found("$header: no other file uses $name()") if !@users && !@tests;
        }
    }
}


sub lengths {
    for my $header (grep { /\.h$/ } @files) {
        my $most = $header =~ m{/ngx_http_(?:gate|mesh)\.h$} ? 150 : 200;
        my $lines = () = $text{$header} =~ /\n/g;

        found("$header has $lines lines, more than $most") if $lines > $most;
    }
}


sub secrets {
    for my $file (@files) {
        my $line = 0;

        for (split /\n/, $code{$file}) {
            $line++;
            next if !/\b(?:ngx_)?(?:mem|str|strn)cmp\s*\(/;

            found("$file:$line: a secret is compared by memcmp()")
                if s/"(?:[^"\\]|\\.)*"//gr
                   =~ /secret|password|digest|signature|\bmac\b|hmac/i;
        }
    }
}


# A name is the last argument of its call: a literal before the parenthesis that
# ends it.

sub test_names {
    for my $file (glob 't/*/*.t') {
        my ($within, $line, %at);

        for (split /\n/, slurp($file)) {
            $line++;
            $within = length $1
                if /^(\s*)(?:ok|is|isnt|like|unlike|cmp_ok|is_deeply|pass|fail)\b\(/;

            next if !defined $within;

            if (/(?:[,(]\s*|^\s*)('(?:[^'\\]|\\.)+'|"(?:[^"\\\$\@]|\\.)+")\)
                 \s*(?:;|$|(?:or|for|foreach|if|unless)\b)/x)
            {
                my $name = substr $1, 1, -1;

                found("$file:$line: the test at line $at{$name} has the name \"$name\", too")
                    if $at{$name};
                $at{$name} //= $line;
            }

            undef $within if /^(\s*).*;\s*$/ && length $1 <= $within + 5;
        }
    }
}


# Comments become as many empty lines.

sub without_comments {
    my ($text) = @_;

    $text =~ s{/\*.*?\*/}{ $& =~ s/[^\n]//gr }ges;

    return $text;
}


sub report {
    my (%functions, @lines);

    for my $file (grep { /\.c$/ } @files) {
        push @lines, scalar(() = $text{$file} =~ /\n/g);

        while ($text{$file} =~ /^(\w+)\(([^;]*?)\)\n\{\n(.*?)^\}/msg) {
            my ($name, $body) = ($1, $3);

            $functions{"$file $name"} = 3 + ($body =~ tr/\n//);
        }
    }

    my @headers = map { scalar(() = $text{$_} =~ /\n/g) } grep { /\.h$/ } @files;
    my @long = sort { $functions{$b} <=> $functions{$a} } keys %functions;

    printf "%d .c, median %d lines, longest %d\n", scalar @lines,
           median(@lines), (sort { $b <=> $a } @lines)[0];
    printf "%d .h, median %d lines, longest %d\n", scalar @headers,
           median(@headers), (sort { $b <=> $a } @headers)[0];
    printf "%d functions, median %d lines\n", scalar @long,
           median(values %functions);
    print "over 60 lines: $functions{$_} $_\n"
        for grep { $functions{$_} > 60 } @long;
    print "over 600 lines: $_\n"
        for grep { /\.c$/ && 600 < (() = $text{$_} =~ /\n/g) } @files;
}


sub median {
    my @sorted = sort { $a <=> $b } @_;

    return $sorted[@sorted / 2];
}


sub found {
    my ($what) = @_;

    print "$what\n";
    $found++;
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;

    return <$fh> // '';
}
