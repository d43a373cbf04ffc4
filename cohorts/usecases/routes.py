"""Which use case answers which button or form. An action that ends in `.open` changes nothing by itself."""

from collections.abc import Mapping

from .answer_step import answer_step, open_answer_form, open_guide
from .approve_part import approve_chosen
from .ask import Act
from .board.forming_desk import look_at_forming, move_by_form, open_approve_form, open_move_form
from .board.rail import look_at_cohort
from .coach_desk import ask_question, open_coach, tell_readers
from .edit_proposal import exchange_people, lock_group, move_person, pin_person, redo_move, undo_move
from .form import propose_cohorts
from .hold_words import send_held
from .home import open_home, switch_language
from .join import explain_joining, join, open_join_form, undo_change
from .keep_evidence import (
    choose_item,
    keep_link,
    open_choice,
    open_evidence,
    restore_draft,
    withdraw_link,
    write_draft,
)
from .leave import leave, undo_leave
from .living.merge import ask_both
from .living.offers import accept_offer, refuse_offer
from .living.season import go_on_with_new_people
from .living.waiting import agree_to_widen, begin_alone, keep_waiting, undo_answer, wait_on
from .meet import open_meet_form, set_meeting
from .meet_change import ask_to_call_off, call_off_meeting, move_meeting, open_move_meeting
from .meet_reply import come_to_meeting, look_at_meeting, miss_meeting, take_meeting
from .nudge import explain_nudges, pause_nudges, snooze, undo_snooze
from .pause import pause, resume
from .point_to import ask_cohort, keep_message, open_ask_form, open_keep_form
from .rate_review import open_rating_form, rate_review
from .reassign import reassign_review
from .renew_room import back_into_room, come_here, open_here_form, renew_room
from .replay import replay
from .set_leave import end_leave, open_away_form, set_leave, undo_leave_days
from .set_times import follow_zone, open_times_form, set_times, undo_times
from .share import share_link
from .steer_run import (
    advance_step,
    ask_to_advance,
    extend_step,
    open_message_form,
    pause_run,
    resume_run,
    write_to_cohort,
)
from .submit_evidence import check_ready, download_packet, open_ready_check, open_result_form, record_result
from .unlink import undo_link
from .why_here import explain_cohort, explain_other, open_other_form
from .write_to_member import open_member_form, write_to_member

ACTIONS: Mapping[str, Act] = {
    "account.undo": undo_link,
    "home.open": open_home,
    "home.language": switch_language,
    "times.open": open_times_form,
    "times.send": set_times,
    "times.undo": undo_times,
    "times.follow": follow_zone,
    "away.open": open_away_form,
    "away.send": set_leave,
    "away.end": end_leave,
    "away.undo": undo_leave_days,
    "join.open": open_join_form,
    "join.how.open": explain_joining,
    "join.send": join,
    "join.undo": undo_change,
    "join.pause": pause,
    "join.resume": resume,
    "join.leave": leave,
    "join.return": undo_leave,
    "coach.open": open_coach,
    "coach.question.open": ask_question,
    "coach.readers.open": tell_readers,
    "cohort.why.open": explain_cohort,
    "cohort.other.open": open_other_form,
    "cohort.other.send": explain_other,
    "cohort.ask.open": open_ask_form,
    "cohort.ask.send": ask_cohort,
    "meet.open": open_meet_form,
    "meet.send": set_meeting,
    "meet.look.open": look_at_meeting,
    "meet.come": come_to_meeting,
    "meet.cannot": miss_meeting,
    "meet.calendar": take_meeting,
    "meet.move.open": open_move_meeting,
    "meet.move.send": move_meeting,
    "meet.off.open": ask_to_call_off,
    "meet.off": call_off_meeting,
    "held.send": send_held,
    "room.renew": renew_room,
    "room.here.open": open_here_form,
    "room.here.send": come_here,
    "room.back": back_into_room,
    "step.answer.open": open_answer_form,
    "step.guide.open": open_guide,
    "step.send": answer_step,
    "review.rate.open": open_rating_form,
    "review.rate.send": rate_review,
    "evidence.open": open_evidence,
    "evidence.choose.open": open_choice,
    "evidence.choose.send": choose_item,
    "evidence.write.send": write_draft,
    "evidence.restore": restore_draft,
    "evidence.link.send": keep_link,
    "evidence.keep.open": open_keep_form,
    "evidence.keep.send": keep_message,
    "evidence.withdraw": withdraw_link,
    "evidence.share": share_link,
    "evidence.ready.open": open_ready_check,
    "evidence.ready.send": check_ready,
    "evidence.packet": download_packet,
    "evidence.result.open": open_result_form,
    "evidence.result.send": record_result,
    "nudge.snooze": snooze,
    "nudge.unsnooze": undo_snooze,
    "nudge.pause": pause_nudges,
    "nudge.why": explain_nudges,
    "form.look.open": look_at_forming,
    "form.move.open": open_move_form,
    "form.move.send": move_by_form,
    "form.approve.open": open_approve_form,
    "form.propose": propose_cohorts,
    "form.move": move_person,
    "form.exchange": exchange_people,
    "form.pin": pin_person,
    "form.lock": lock_group,
    "form.undo": undo_move,
    "form.redo": redo_move,
    "form.approve": approve_chosen,
    "lead.look.open": look_at_cohort,
    "lead.advance.open": ask_to_advance,
    "lead.advance": advance_step,
    "lead.extend": extend_step,
    "lead.pause": pause_run,
    "lead.resume": resume_run,
    "lead.replay": replay,
    "lead.reassign": reassign_review,
    "lead.message.open": open_message_form,
    "lead.message.send": write_to_cohort,
    "merge.ask": ask_both,
    "offer.yes": accept_offer,
    "offer.no": refuse_offer,
    "season.new": go_on_with_new_people,
    "wait.widen": agree_to_widen,
    "wait.keep": keep_waiting,
    "wait.on": wait_on,
    "wait.alone": begin_alone,
    "wait.undo": undo_answer,
    "wait.another.open": open_join_form,
    "member.message": open_member_form,
    "member.message.send": write_to_member,
}
