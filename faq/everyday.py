"""Everyday words that mean much the same, by language, whatever the knowledge file is about.

Evidence beside the words themselves, as the synonyms of the content are: nothing is replaced, and a word may belong to
several groups. English words stand for all their forms (`faq.stems`).
"""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH = """
buy purchase order acquire
get obtain receive acquire
start begin commence initiate launch
stop end halt finish quit terminate
cancel abort revoke undo stop
change modify alter update edit amend adjust switch
replace replacement substitute swap alternative instead
fix repair solve resolve
help assist assistance support aid
show display present list view see
tell inform say let know
explain describe clarify explanation
create make build produce
remove delete erase clear
add include insert
send transfer submit mail ship deliver forward
find locate look search
want need wish like desire
use utilize employ
ask request demand query
apply application request
accept approve agree
decline reject refuse deny fail
allow permit let enable may
block freeze disable deactivate suspend lock
open activate enable unlock
close shut
verify confirm validate check prove
choose select pick decide
keep retain save store
give provide supply offer grant
recommend recommendation suggest suggestion advise advice idea
compare comparison difference versus
calculate compute estimate
translate translation
mean meaning definition define
remember remind reminder
forget lose misplace
leave quit resign
join register enroll enrol sign
call dial ring phone telephone
contact reach
email mail message
talk speak chat
read look
write compose
arrive come arrival
return back
track trace follow status
repeat again
wait hold
increase raise boost grow higher
decrease reduce lower cut drop less
expire lapse end
large big huge great
small little tiny
fast quick rapid soon speed
slow late delay overdue
new recent latest
old previous former past
wrong incorrect mistake error mistaken
right correct accurate true
problem issue trouble difficulty
broken damage defective malfunction
lost missing stolen steal disappear gone
possible able can
sure certain
unknown unfamiliar unrecognized strange unexpected
good best top great
bad worst poor terrible
free gratis complimentary
safe secure security
fraud scam suspicious
more additional extra another further
enough sufficient
all every whole entire
first initial
last final
near nearby close around local
far distance
maximum limit cap most max
minimum least lowest min
amount sum number quantity total
cost price charge fee rate expensive cheap
money cash fund
pay payment
deposit credit
withdraw withdrawal atm cash
currency dollar euro pound
pending process wait
duplicate twice double copy
recharge reload refill
interest apr
insurance coverage insure
bill invoice
debt owe
loan borrow lend
income salary wage earn
refund reimburse reimbursement
convert exchange conversion
balance remaining left
discount rebate reduction
reward points bonus
account profile
password passcode pin
identity id identification
name called
document paper paperwork file
proof evidence
form template
company firm business enterprise organization organisation
job work employment career occupation
boss manager supervisor
colleague coworker
staff team employee
person someone somebody people human
customer client buyer
child kid
school university college
course class training lesson
exam test
home house
shop store
city town place location
country nation
abroad overseas international foreign
address street
trip travel journey vacation holiday
car vehicle auto
picture photo image
film movie
song music
food meal dish
device machine
phone mobile cell cellphone smartphone telephone
computer laptop pc
internet web online website site
application app program software
time clock hour
date day when
calendar schedule
appointment meeting booking reservation reserve
deadline due
duration long
way method how step procedure process
reason why cause
kind type sort
rule policy regulation
requirement need necessary must required mandatory
benefit advantage perk
"""


def _groups(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in text.strip().splitlines())


EVERYDAY: Mapping[str, tuple[tuple[str, ...], ...]] = {"en": _groups(_ENGLISH)}
"""Chinese has none: single characters already tie such words together, and a list of them changed nothing."""
